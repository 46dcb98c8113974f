// A WebSocket client of `ws`: ws_client.js PORT [NAME CERTIFICATE]. Tries everything that ws_server.js has and says what came
// of it, as one line of JSON.
"use strict";
const fs = require("fs");
const WebSocket = require("ws");

const [port, name, certificate] = process.argv.slice(2);
const options = certificate ? {ca: fs.readFileSync(certificate), servername: name, headers: {Host: name}} : {};
const open = (path, protocols = [], more = {}) =>
  new WebSocket(`${certificate ? "wss" : "ws"}://127.0.0.1:${port}${path}`, protocols, {maxPayload: 64 << 20, ...options, ...more});
const event = (socket, name) => new Promise((resolve, reject) => {
  socket.once(name, (...values) => resolve(values));
  if (name !== "error") socket.once("error", reject);
});
const closed = socket => new Promise(resolve => socket.once("close", (code, reason) => resolve([code, reason.toString()])));

// The messages of a socket one after the other, from the moment of its making on.
const inbox = socket => {
  const waiting = [], messages = [];
  socket.on("message", (data, isBinary) => {
    const message = isBinary ? data : data.toString();
    waiting.length ? waiting.shift()(message) : messages.push(message);
  });
  return () => messages.length ? Promise.resolve(messages.shift()) : new Promise(resolve => waiting.push(resolve));
};

const echoing = async (more) => {
  const socket = open("/echo", [], more), next = inbox(socket);
  await event(socket, "open");
  return {socket, next, ponged: await next()};
};

const scenarios = {
  async echo() {
    const {socket, next, ponged} = await echoing();
    const answers = [];
    for (const message of ["text", "ü€", ""]) { socket.send(message); answers.push(await next()); }
    const binary = Buffer.from(Array.from({length: 256}, (_, value) => value));
    socket.send(binary);
    const same = binary.equals(await next());
    socket.ping("from the client");
    const [pong] = await event(socket, "pong");
    socket.close(4001, "by the client");
    return {ponged, answers, same, pong: pong.toString(), closed: await closed(socket)};
  },
  async large() {
    const results = [];
    for (const perMessageDeflate of [false, true]) {
      const {socket, next} = await echoing({perMessageDeflate});
      const message = require("crypto").randomBytes(1 << 20);
      for (let count = 0; count < 4; ++count) socket.send(message);
      for (let count = 0; count < 4; ++count) results.push(message.equals(await next()));
      socket.close();
      await closed(socket);
    }
    return results.every(Boolean);
  },
  async many() {
    const {socket, next} = await echoing({perMessageDeflate: false});
    for (let number = 0; number < 5000; ++number) socket.send(String(number));
    let isInOrder = true;
    for (let number = 0; number < 5000; ++number) isInOrder = isInOrder && await next() === String(number);
    socket.close(1000);
    return {isInOrder, closed: await closed(socket)};
  },
  async parallel() {
    const sockets = await Promise.all(Array.from({length: 50}, () => echoing()));
    const answers = await Promise.all(sockets.map(({socket, next}, number) => (socket.send(String(number)), next())));
    sockets.forEach(({socket}) => socket.close());
    await Promise.all(sockets.map(({socket}) => closed(socket)));
    return answers.every((answer, number) => answer === String(number));
  },
  async burst() {
    const socket = open("/burst/1000");
    let count = 0;
    socket.on("message", () => ++count);
    return {closed: await closed(socket), count};
  },
  close: () => closed(open("/close/4002/by-the-server")),
  async protocol() {
    const socket = open("/burst/0", ["other", "chat"]);
    await event(socket, "open");
    const {protocol} = socket;
    await closed(socket);
    return protocol;
  },
  refused: () => new Promise(resolve => {
    open("/refuse").on("unexpected-response", (request, response) => {
      const {socket} = response;
      let body = "";
      response.on("data", data => { body += data; });
      response.on("end", () => {
        socket.destroy();  // the connection may be good for another request
        resolve([response.statusCode, body]);
      });
    }).on("error", () => {});
  }),
  async vanished() {
    const {socket} = await echoing();
    socket.terminate();
    return (await closed(socket))[0];
  },
  async seen() {
    for (const deadline = Date.now() + 60000;;) {
      const socket = open("/seen"), next = inbox(socket);
      const {fields, closes} = JSON.parse(await next());
      socket.close();
      await closed(socket);
      const codes = closes.map(([code]) => code);
      const vanished = codes.includes(1006);
      if (vanished || Date.now() > deadline) return {upgrade: fields.upgrade, vanished, byClient: closes.find(([code]) => code === 4001)};
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  },
};

(async () => {
  const result = {};
  for (const [scenario, run] of Object.entries(scenarios)) {
    console.error(scenario);
    result[scenario] = await run();
  }
  console.log(JSON.stringify(result));
})();
