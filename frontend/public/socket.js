// Opens the page's WebSocket while its script loads, which on a slow line takes seconds. src/live/socketio/wire.ts takes
// it over, with what arrived on it until then.
const root = document.querySelector('meta[name="root"]').content;
if (root.startsWith("/") && !location.pathname.startsWith(`${root}share`)) {
  const socket = new WebSocket(
    `${location.origin.replace("http", "ws")}${root}socket.io/?EIO=4&transport=websocket`,
  );
  const heard = [];
  socket.onmessage = (message) => heard.push(message);
  window.phloemSocket = { socket, heard };
}
