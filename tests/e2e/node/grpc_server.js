// A gRPC server of @grpc/grpc-js: grpc_server.js [CERTIFICATE KEY]. What it does stands in peers/grpc_server.py.
"use strict";
const fs = require("fs");
const grpc = require("@grpc/grpc-js");

const raw = bytes => bytes;
const method = (name, requestStream, responseStream) => ({
  path: `/peer.Peer/${name}`, requestStream, responseStream,
  requestSerialize: raw, requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw});
let cancelled = 0;

const implementation = {
  Unary(call, done) {
    const initial = new grpc.Metadata(), trailing = new grpc.Metadata();
    initial.set("initial", call.metadata.get("x-text")[0] || "none");
    call.sendMetadata(initial);
    trailing.set("echo-bin", call.metadata.get("x-raw-bin")[0] || Buffer.alloc(0));
    trailing.set("deadline", call.getDeadline() === Infinity ? "none" : "known");
    done(null, call.request, trailing);
  },
  ServerStream(call) {
    for (let number = 0; number < Number(call.request.toString()); ++number) call.write(Buffer.from(String(number)));
    call.end();
  },
  ClientStream(call, done) {
    let count = 0, bytes = 0;
    call.on("data", message => { ++count; bytes += message.length; });
    call.on("end", () => done(null, Buffer.from(`${count} messages, ${bytes} bytes`)));
  },
  Bidi(call) {
    call.on("data", message => call.write(message));
    call.on("end", () => call.end());
  },
  Fail(call, done) {
    const metadata = new grpc.Metadata();
    metadata.set("why", "asked to");
    done({code: grpc.status.FAILED_PRECONDITION, details: "no: 100% ü", metadata});
  },
  Wait(call) {
    call.on("cancelled", () => ++cancelled);
    call.write(Buffer.from("started"));
  },
  Cancelled(call, done) { done(null, Buffer.from(String(cancelled))); },
};

const streams = {ServerStream: [false, true], ClientStream: [true, false], Bidi: [true, true], Wait: [false, true]};
const definition = {};
for (const name of Object.keys(implementation)) definition[name] = method(name, ...(streams[name] || [false, false]));

const server = new grpc.Server({"grpc.max_receive_message_length": 16 << 20});
server.addService(definition, implementation);
const [certificate, key] = process.argv.slice(2).map(name => fs.readFileSync(name));
const credentials = certificate ? grpc.ServerCredentials.createSsl(null, [{private_key: key, cert_chain: certificate}])
                                : grpc.ServerCredentials.createInsecure();
server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
  if (error) throw error;
  console.log(JSON.stringify({port}));
});
