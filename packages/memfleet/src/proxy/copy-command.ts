import { Command, type Verb } from '../command.ts';

/** The same command once more, for another node, another key, or with other fields; without its deadline, which the fleet gives that it goes to. */
export function copyCommand(from: Command, key: string = from.key): Command {
  const copy = new Command(from.verb, key);
  copy.isPlainKey = from.isPlainKey;
  copy.keys = from.keys;
  copy.value = from.value;
  copy.mode = from.mode;
  copy.flags = from.flags;
  copy.exptime = from.exptime;
  copy.touch = from.touch;
  copy.cas = from.cas;
  copy.wantValue = from.wantValue;
  copy.wantCas = from.wantCas;
  copy.decrement = from.decrement;
  copy.delta = from.delta;
  copy.initial = from.initial;
  copy.quiet = from.quiet;
  copy.vbucket = from.vbucket;
  copy.replica = from.replica;
  copy.routingKey = from.routingKey;
  copy.dialect = from.dialect;
  copy.meta = from.meta;
  copy.packet = from.packet;
  copy.fault = from.fault;
  return copy;
}

/** A command of our own for the key of another, in no dialect's colour. */
export function commandFor(from: Command, verb: Verb): Command {
  const command = new Command(verb, from.key);
  command.isPlainKey = from.isPlainKey;
  command.routingKey = from.routingKey;
  return command;
}
