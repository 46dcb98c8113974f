// A gRPC client of @grpc/grpc-js: grpc_client.js PORT [NAME CERTIFICATE]. What it does stands in peers/grpc_client.py.
"use strict";
const fs = require("fs");
const grpc = require("@grpc/grpc-js");

const LONG = 60000;  // milliseconds; for what is expected to work
const raw = bytes => bytes;
const within = milliseconds => ({deadline: Date.now() + milliseconds});
const empty = Buffer.alloc(0);
const range = count => Array.from({length: count}, (_, number) => number);
const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);

const [port, name, certificate] = process.argv.slice(2);
const options = {"grpc.max_receive_message_length": 16 << 20, "grpc.enable_http_proxy": 0};
if (name) options["grpc.ssl_target_name_override"] = options["grpc.default_authority"] = name;
const credentials = certificate ? grpc.credentials.createSsl(fs.readFileSync(certificate)) : grpc.credentials.createInsecure();
const client = new grpc.Client(`127.0.0.1:${port}`, credentials, options);

const path = method => `/peer.Peer/${method}`;
const call = (method, message, metadata = new grpc.Metadata(), options = within(LONG)) => new Promise(resolve => {
  const seen = {};
  client.makeUnaryRequest(path(method), raw, raw, message, metadata, options, (error, answer) => Object.assign(seen, {error, answer}))
    .on("metadata", initial => { seen.initial = initial; })
    .on("status", status => resolve(Object.assign(seen, {status})));
});
const expect = async (...request) => {
  const seen = await call(...request);
  if (seen.error) throw seen.error;
  return seen;
};
const collect = stream => new Promise(resolve => {
  const messages = [];
  stream.on("data", message => messages.push(message.toString()));
  stream.on("error", () => {});
  stream.on("status", status => resolve({messages, status}));
});

const scenarios = {
  async unary() {
    const metadata = new grpc.Metadata();
    metadata.set("x-text", "some text");
    metadata.set("x-raw-bin", Buffer.from([0, 1, 0xfe, 0xff]));
    const {answer, initial, status} = await expect("Unary", Buffer.from("hello"), metadata);
    return {answer: answer.toString(), initial: initial.get("initial")[0], echo: status.metadata.get("echo-bin")[0].toString("latin1"),
            deadline: status.metadata.get("deadline")[0], code: status.code};
  },
  async large() {
    const message = Buffer.alloc(5 << 20, Buffer.from(range(256)));
    const {answer} = await expect("Unary", message);
    return {size: answer.length, same: answer.equals(message)};
  },
  async server_stream() {
    const stream = client.makeServerStreamRequest(path("ServerStream"), raw, raw, Buffer.from("200"), within(LONG));
    return same((await collect(stream)).messages.map(Number), range(200));
  },
  client_stream: () => new Promise((resolve, reject) => {
    const stream = client.makeClientStreamRequest(path("ClientStream"), raw, raw, within(LONG),
                                                  (error, answer) => error ? reject(error) : resolve(answer.toString()));
    for (let number = 0; number < 200; ++number) stream.write(Buffer.alloc(1000, "x"));
    stream.end();
  }),
  async bidi() {
    const stream = client.makeBidiStreamRequest(path("Bidi"), raw, raw, within(LONG));
    let sent = 0;
    const send = () => sent < 20 ? stream.write(Buffer.from(String(sent++))) : stream.end();
    stream.on("data", send);
    send();
    return same((await collect(stream)).messages.map(Number), range(20));
  },
  async deadline() {
    return (await collect(client.makeServerStreamRequest(path("Wait"), raw, raw, empty, within(2000)))).status.code;
  },
  async cancel() {
    const stream = client.makeServerStreamRequest(path("Wait"), raw, raw, empty, within(LONG));
    stream.once("data", () => stream.cancel());
    const {messages, status} = await collect(stream);
    return {first: messages[0], code: status.code};
  },
  async parallel() {
    const calls = await Promise.all(range(50).map(number => expect("Unary", Buffer.from(String(number)))));
    return same(calls.map(each => Number(each.answer)), range(50));
  },
  async fail() {
    const {status} = await call("Fail", empty);
    return {code: status.code, details: status.details, why: status.metadata.get("why")[0]};
  },
  async unknown() { return (await call("Unknown", empty)).status.code; },
  async cancelled() {
    const deadline = Date.now() + LONG;
    for (;;) {
      const seen = Number((await expect("Cancelled", empty)).answer);
      if (seen >= 2 || Date.now() > deadline) return seen;
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
  client.close();
})();
