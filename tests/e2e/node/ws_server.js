// A WebSocket server of `ws`: ws_server.js [CERTIFICATE KEY]. Says {"port": N} and serves until it is killed.
//   /echo       every message comes back; a PING is sent at once, and its PONG told as the text "ponged"
//   /burst/N    N small messages, then a close
//   /close/CODE/REASON  closes at once with these
//   /refuse     answers 403 with a body
//   /seen       the request's fields, then what closed the connections to /echo so far, as one JSON text
//   /page       an ordinary answer
"use strict";
const fs = require("fs");
const {WebSocketServer} = require("ws");

const [certificate, key] = process.argv.slice(2).map(name => fs.readFileSync(name));
const answer = (request, response) => response.end("a page");
const server = certificate ? require("https").createServer({cert: certificate, key}, answer) : require("http").createServer(answer);
const closes = [];
const sockets = new WebSocketServer({noServer: true, perMessageDeflate: {threshold: 0}, maxPayload: 64 << 20,
                                     handleProtocols: offered => offered.has("chat") ? "chat" : false});

const paths = {
  echo(socket) {
    socket.on("message", (data, isBinary) => socket.send(data, {binary: isBinary}));
    socket.on("pong", data => socket.send(`ponged ${data}`));
    socket.on("close", (code, reason) => closes.push([code, reason.toString()]));
    socket.ping("hi");
  },
  burst(socket, count) {
    for (let number = 0; number < Number(count); ++number) socket.send(String(number));
    socket.close(1000, "done");
  },
  close(socket, code, reason) { socket.close(Number(code), reason); },
  seen(socket, _, __, request) { socket.send(JSON.stringify({fields: request.headers, closes})); },
};

server.on("upgrade", (request, connected, head) => {
  const [, path, ...words] = request.url.split("/");
  if (!paths[path]) return connected.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  sockets.handleUpgrade(request, connected, head, socket => {
    socket.on("error", () => {});
    paths[path](socket, words[0], words[1], request);
  });
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({port: server.address().port})));
