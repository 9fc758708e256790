/**
 * Splits a stream of bytes into packets, independent of the chunks. Both decoders of this folder are a `PacketReader`
 * with a `PacketSink`.
 *
 *   push(chunk) ─▶ whole packets: in place, no copy ──────────────────────▶ onPacket(chunk, at)
 *                  a packet in pieces: gathered in the scratch ───────────▶ onPacket(scratch, 0)
 *                  a value over 64 KB: head in the scratch, value straight
 *                  into its own final buffer (target/filled) ─────────────▶ onPacket(scratch, 0, value)
 *                  a value to drop: counted down ─────────────────────────▶ onHead(scratch, 0)
 */
import { ProtocolError } from '../../core/errors.ts';
import { type Allocate, allocateOwn, type Decoder } from '../codec.ts';
import { headerLength, headLength, packetLength } from './header.ts';

/** Values above this length (bytes) get a buffer of their own, up to it they pass through the scratch. */
const largeValue: number = 64 * 1024;

/** The treatment of a packet, decided when its 24 bytes are complete. */
export type PacketPlan = 'take' | 'head' | 'stop';

/** Receives the packets of a `PacketReader`. */
export interface PacketSink {
  /**
   * Decides by the 24 bytes at `at`; throws ProtocolError. It may be called twice for one packet. `take`: deliver the
   * packet. `head`: deliver the bytes before the value, drop the value. `stop`: deliver the 24 bytes and read nothing
   * more.
   */
  onHeader(bytes: Uint8Array, at: number): PacketPlan;
  /**
   * The packet at `at` is complete; its value is `value` if given (a buffer of its own), else the rest of the packet in
   * `bytes`. False: no further packet now.
   */
  onPacket(bytes: Uint8Array, at: number, value: Uint8Array | undefined): boolean | void;
  /**
   * The bytes before the value are complete (plan `head`; plan `take` where there is no memory for the value), or the
   * 24 bytes (plan `stop`).
   */
  onHead(bytes: Uint8Array, at: number, plan: PacketPlan): boolean | void;
}

const nothing = Buffer.alloc(0);
/** The size of a scratch, unless a packet needs more. */
const usualScratch = 1024;

type State = 'idle' | 'header' | 'packet' | 'head' | 'value' | 'drop' | 'stopped';

/** Cuts a stream of bytes into packets of the binary protocol. */
export class PacketReader implements Decoder {
  readonly #sink: PacketSink;
  readonly #allocate: Allocate;
  #state: State = 'idle';
  #plan: PacketPlan = 'take';
  #scratch: Buffer = nothing;
  /** The number of bytes in the scratch, and the number for which the state waits. */
  #have = 0;
  #need = 0;
  #value: Uint8Array | undefined = undefined;
  #filled = 0;
  #drop = 0;
  #failure: Error | undefined = undefined;
  /** Whether the sink accepts no further packet now. */
  #isHalted = false;

  constructor(sink: PacketSink, allocate: Allocate = allocateOwn) {
    this.#sink = sink;
    this.#allocate = allocate;
  }

  /** Returns the number of bytes consumed: all, unless the sink halted it. */
  push(chunk: Uint8Array): number {
    if (this.#failure !== undefined) throw this.#failure;
    this.#isHalted = false;
    try {
      const end = chunk.length;
      let at = 0;
      while (at < end && this.#state !== 'stopped' && !this.#isHalted) {
        if (this.#state === 'idle') at = this.#whole(chunk, at);
        if (at < end && !this.#isHalted) at = this.#piece(chunk, at);
      }
      return this.#state === 'stopped' ? end : at;
    } catch (error) {
      throw this.#die(error);
    }
  }

  /** The memory of an incomplete packet in bytes; 0 = no packet is incomplete. */
  get unfinished(): number {
    if (this.#state === 'idle' || this.#state === 'stopped') return 0;
    return this.#state === 'value' ? this.#value!.length : Math.max(1, this.#have);
  }

  /** Frees the scratch if no packet is in pieces. */
  releaseMemory(): void {
    if (this.#state === 'idle') this.#scratch = nothing;
  }

  target(): Uint8Array | undefined {
    if (this.#state !== 'value') return undefined;
    return this.#value!.subarray(this.#filled);
  }

  filled(count: number): void {
    this.#filled += count;
    try {
      if (this.#filled === this.#value!.length) this.#handOver();
    } catch (error) {
      throw this.#die(error);
    }
  }

  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === 'idle' || this.#state === 'stopped') return;
    throw this.#die(new ProtocolError('the stream ended inside a packet'));
  }

  #die(error: unknown): Error {
    this.#failure = error instanceof Error ? error : new ProtocolError('the receiver failed', { cause: error });
    this.#value = undefined;
    this.#state = 'stopped';
    return this.#failure;
  }

  /** Delivers the packets that are complete in the chunk; returns the index at which it stopped. */
  #whole(chunk: Uint8Array, from: number): number {
    const sink = this.#sink;
    const end = chunk.length;
    let at = from;
    while (end - at >= headerLength) {
      if (sink.onHeader(chunk, at) !== 'take') break;
      const next = at + packetLength(chunk, at);
      if (next > end) break;
      const isHalted = sink.onPacket(chunk, at, undefined) === false;
      at = next;
      if (isHalted) {
        this.#isHalted = true;
        break;
      }
    }
    return at;
  }

  /** Continues the packet that is in pieces, up to its end at most; returns the index at which it stopped. */
  #piece(chunk: Uint8Array, from: number): number {
    switch (this.#state) {
      case 'value':
        return this.#gatherValue(chunk, from);
      case 'drop': {
        const count = Math.min(this.#drop, chunk.length - from);
        this.#drop -= count;
        if (this.#drop === 0) this.#idle();
        return from + count;
      }
      case 'idle':
        this.#state = 'header';
        this.#have = 0;
        this.#need = headerLength;
        return this.#gather(chunk, from);
      default:
        return this.#gather(chunk, from);
    }
  }

  #gather(chunk: Uint8Array, from: number): number {
    const count = Math.min(this.#need - this.#have, chunk.length - from);
    this.#makeRoom(this.#have + count);
    this.#scratch.set(chunk.subarray(from, from + count), this.#have);
    this.#have += count;
    if (this.#have === this.#need) this.#gathered();
    return from + count;
  }

  /** The bytes for which the state waited are in the scratch. */
  #gathered(): void {
    if (this.#state === 'packet') return this.#handOver();
    const scratch = this.#scratch;
    const head = headLength(scratch, 0);
    if (this.#state === 'header') {
      this.#plan = this.#sink.onHeader(scratch, 0);
      if (this.#plan === 'stop') {
        this.#state = 'stopped';
        this.#sink.onHead(scratch, 0, 'stop');
        return;
      }
      const whole = packetLength(scratch, 0);
      const small = this.#plan === 'take' && whole - head <= largeValue;
      this.#state = small ? 'packet' : 'head';
      this.#need = small ? whole : head;
      if (this.#have < this.#need) return;
      if (small) return this.#handOver();
    }
    this.#headGathered(packetLength(scratch, 0) - head);
  }

  #headGathered(valueLength: number): void {
    const value = this.#plan === 'take' ? this.#allocate(valueLength) : undefined;
    if (value !== undefined) {
      this.#value = value;
      this.#filled = 0;
      this.#state = 'value';
      return;
    }
    this.#state = 'drop';
    this.#drop = valueLength;
    if (this.#sink.onHead(this.#scratch, 0, this.#plan) === false) this.#isHalted = true;
  }

  #gatherValue(chunk: Uint8Array, from: number): number {
    const value = this.#value!;
    const count = Math.min(value.length - this.#filled, chunk.length - from);
    value.set(chunk.subarray(from, from + count), this.#filled);
    this.#filled += count;
    if (this.#filled === value.length) this.#handOver();
    return from + count;
  }

  /** The packet is complete. The state is idle before the sink is called, so that nothing is delivered twice. */
  #handOver(): void {
    const value = this.#value;
    this.#idle();
    if (this.#sink.onPacket(this.#scratch, 0, value) === false) this.#isHalted = true;
  }

  #idle(): void {
    this.#state = 'idle';
    this.#value = undefined;
    this.#have = 0;
  }

  #makeRoom(size: number): void {
    if (size <= this.#scratch.length) return;
    const roomier = Buffer.allocUnsafeSlow(Math.max(size, this.#scratch.length * 2, usualScratch));
    roomier.set(this.#scratch.subarray(0, this.#have));
    this.#scratch = roomier;
  }
}
