// A client of gRPC-Web as browsers have it (npm's grpc-web): grpc_web_client.js PORT text|binary. Calls what peers/grpc_server.py has
// and says what came of it, as one line of JSON.
"use strict";
global.XMLHttpRequest = require("xhr2");
const web = require("grpc-web");

const LONG = 60000;  // milliseconds
const [port, format] = process.argv.slice(2);
const client = new web.GrpcWebClientBase({format});
const raw = bytes => bytes;
const text = bytes => Buffer.from(bytes).toString();

const path = name => `http://127.0.0.1:${port}/peer.Peer/${name}`;
const descriptor = (name, type) => new web.MethodDescriptor(`/peer.Peer/${name}`, type, Uint8Array, Uint8Array, raw, raw);
const within = metadata => ({deadline: String(Date.now() + LONG), ...metadata});

const call = (name, message, metadata = {}) => new Promise(resolve => {
  const seen = {};
  const done = (error, answer) =>
    resolve(Object.assign(seen, error ? {code: error.code, details: error.message} : {answer: text(answer)}));
  client.rpcCall(path(name), Buffer.from(message), within(metadata), descriptor(name, web.MethodType.UNARY), done)
    .on("status", status => { seen.trailing = status.metadata; });
});

const stream = (name, message) => new Promise(resolve => {
  const messages = [];
  let code = null;
  client.serverStreaming(path(name), Buffer.from(message), within({}), descriptor(name, web.MethodType.SERVER_STREAMING))
    .on("data", answer => messages.push(text(answer)))
    .on("status", status => { code = status.code; })
    .on("error", error => resolve({messages, code: error.code}))
    .on("end", () => resolve({messages, code}));
});

(async () => {
  const fail = await call("Fail", "");
  const unary = await call("Unary", "hello", {"x-text": "some text"});
  const large = await call("Unary", "x".repeat(1 << 20));
  console.log(JSON.stringify({
    unary: unary.answer, deadline: unary.trailing && unary.trailing.deadline, large: large.answer && large.answer.length,
    stream: await stream("ServerStream", "200"), fail: {code: fail.code, details: fail.details, why: fail.trailing.why},
    unknown: (await call("Unknown", "")).code}));
})();
