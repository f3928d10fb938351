// The least a Node server can do: relay one Redis channel to everybody who is connected, as text that is ready to send.
//   node ws.js REDIS_URL CHANNEL
//
// It greets and frames as Socket.IO does, so that the same viewers can read it.

import { createServer } from "node:http";
import { createClient } from "redis";
import { WebSocketServer } from "ws";

const [redisUrl, channel] = process.argv.slice(2);
const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.send("0{}");
  socket.on("message", () => socket.send("40{}"));
});

const redis = createClient({ url: redisUrl });
await redis.connect();
await redis.subscribe(channel, (message) => {
  const frame = Buffer.from(`42["frame",${message}]`);
  for (const socket of server.clients) {
    socket.send(frame, { binary: false });
  }
});

http.listen(0, "127.0.0.1", 4096, () => console.log(http.address().port));
