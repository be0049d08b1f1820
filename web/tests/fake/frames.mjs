// As much of RFC 6455 as a browser on this machine needs: text frames, ping, close.
import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Take an upgrade; call back with each text, and with the code when it is over. */
export function accept(request, socket, { heard, over }) {
  const key = createHash('sha1')
    .update(request.headers['sec-websocket-key'] + GUID)
    .digest('base64');
  const protocol = request.headers['sec-websocket-protocol']?.split(',')[0]?.trim();
  socket.write(
    ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
      .concat(`Sec-WebSocket-Accept: ${key}`, protocol ? `Sec-WebSocket-Protocol: ${protocol}` : [])
      .join('\r\n') + '\r\n\r\n',
  );
  let kept = Buffer.alloc(0);
  let text = '';
  socket.on('data', (data) => {
    kept = Buffer.concat([kept, data]);
    for (let frame = read(kept); frame; frame = read(kept)) {
      kept = kept.subarray(frame.size);
      if (frame.code === 8) socket.end();
      else if (frame.code === 9) socket.write(written(10, frame.body));
      else if (frame.code < 3) {
        text += frame.body.toString();
        if (frame.last) {
          const whole = text;
          text = '';
          heard(whole);
        }
      }
    }
  });
  socket.on('close', over);
  socket.on('error', () => socket.destroy());
  return {
    say: (message) => socket.writable && socket.write(written(1, Buffer.from(message))),
    close(code, reason = '') {
      const body = Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
      socket.end(written(8, body));
    },
    cut: () => socket.destroy(),
  };
}

function read(data) {
  if (data.length < 2) return undefined;
  let size = data[1] & 127;
  let at = 2;
  if (size === 126) {
    if (data.length < 4) return undefined;
    size = data.readUInt16BE(2);
    at = 4;
  } else if (size === 127) {
    if (data.length < 10) return undefined;
    size = Number(data.readBigUInt64BE(2));
    at = 10;
  }
  const masked = data[1] & 128;
  const start = at + (masked ? 4 : 0);
  if (data.length < start + size) return undefined;
  const body = Buffer.from(data.subarray(start, start + size));
  if (masked) for (let i = 0; i < size; i += 1) body[i] ^= data[at + (i & 3)];
  return { code: data[0] & 15, last: Boolean(data[0] & 128), body, size: start + size };
}

function written(code, body) {
  const head = [128 | code];
  if (body.length < 126) head.push(body.length);
  else if (body.length < 65536) head.push(126, body.length >> 8, body.length & 255);
  else head.push(127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (body.length >>> shift) & 255));
  return Buffer.concat([Buffer.from(head), body]);
}
