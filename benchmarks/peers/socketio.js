// A Socket.IO server that relays one Redis channel to everybody who is connected.
//   node socketio.js REDIS_URL CHANNEL

import { createServer } from "node:http";
import { createClient } from "redis";
import { Server } from "socket.io";

const [redisUrl, channel] = process.argv.slice(2);
const http = createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: false, transports: ["websocket"] });
io.on("connection", (socket) => socket.join("room"));

const redis = createClient({ url: redisUrl });
await redis.connect();
await redis.subscribe(channel, (message) => io.to("room").emit("frame", JSON.parse(message)));

http.listen(0, "127.0.0.1", 4096, () => console.log(http.address().port));
