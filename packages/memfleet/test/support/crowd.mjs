// Many clients of one port, in a process of their own, as their sockets count against that process's limits. Told by
// messages what to do:
//   { spoke: n }                opens n connections, each asks for a key once and then says nothing any more
//   { churn: n, at: c }         connects, gets, closes, n times, c at a time; tells how many were answered
//   { get: n }                  the same all at once. Tells how many were answered, how many were cut off
//   { leave: true }             closes everything
import { connect } from 'node:net';

const port = Number(process.argv[2]);
const open = new Set();

function dial(onOpen) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let outcome = 'refused';
    const settle = (what) => {
      outcome = what;
      resolve(what);
    };
    socket.once('connect', () => {
      outcome = 'cut off';
      open.add(socket);
      onOpen(socket, settle, (what) => {
        outcome = what;
      });
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      open.delete(socket);
      resolve(outcome);
    });
  });
}

async function many(count, width, once) {
  const outcomes = {};
  let left = count;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left-- > 0) {
        const outcome = await once();
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    }),
  );
  return outcomes;
}

/** Asks for a key and resolves with what came. */
function ask(socket, done) {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
    if (text.endsWith('END\r\n')) done(text === 'VALUE k 0 1\r\nv\r\nEND\r\n' ? 'answered' : text);
    else if (text.endsWith('\r\n') && text.startsWith('ERROR')) done('told off');
  });
  socket.write('get k\r\n');
}

const jobs = {
  spoke: (n) => many(n, 200, () => dial((socket, settle) => ask(socket, settle))),
  get: (n) => many(n, n, () => dial((socket, settle) => ask(socket, settle))),
  churn: (n, { at }) =>
    many(n, at, () =>
      dial((socket, _settle, settleAtClose) =>
        ask(socket, (outcome) => {
          settleAtClose(outcome);
          socket.end();
        }),
      ),
    ),
  leave: async () => {
    await Promise.all([...open].map((socket) => new Promise((resolve) => socket.once('close', resolve).destroy())));
    return {};
  },
};

async function obey(message) {
  const [name] = Object.keys(message);
  process.send(await jobs[name](message[name], message));
}

process.on('message', (message) => void obey(message));
process.on('disconnect', () => process.exit());
