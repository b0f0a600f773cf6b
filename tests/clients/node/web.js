// gRPC-Web with nothing but fetch, framed by hand: as a browser does it, over HTTP/1.1.

import { fromBinary, toBinary } from "@bufbuild/protobuf";

const TYPE = "application/grpc-web+proto";
const TRAILERS = 0x80;

/** A message as it goes over the wire: no flag, its length, its bytes. */
function frame(bytes) {
  const framed = new Uint8Array(5 + bytes.length);
  new DataView(framed.buffer).setUint32(1, bytes.length);
  framed.set(bytes, 5);
  return framed;
}

/** Frames as they come in, however the network cuts them. */
async function* frames(body) {
  let left = new Uint8Array();
  for await (const chunk of body) {
    const joined = new Uint8Array(left.length + chunk.length);
    joined.set(left);
    joined.set(chunk, left.length);
    left = joined;
    while (left.length >= 5) {
      const length = new DataView(left.buffer, left.byteOffset).getUint32(1);
      if (left.length < 5 + length) break;
      yield { flag: left[0], bytes: left.subarray(5, 5 + length) };
      left = left.subarray(5 + length);
    }
  }
  if (left.length > 0) throw new Error(`${left.length} bytes of a frame are left over`);
}

function trailers(bytes) {
  const lines = new TextDecoder().decode(bytes).split("\r\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** A status other than OK. */
export class WebError extends Error {
  constructor(status) {
    super(`grpc-status ${status.get("grpc-status")}: ${status.get("grpc-message")}`);
    this.code = Number(status.get("grpc-status"));
    this.details = Buffer.from(status.get("grpc-status-details-bin") ?? "", "base64");
  }
}

/** Calls a method and yields its answers; the trailers frame ends them. */
export async function* call(address, token, method, request, signal) {
  const response = await fetch(`http://${address}/${method.parent.typeName}/${method.name}`, {
    method: "POST",
    headers: {
      "content-type": TYPE,
      "x-grpc-web": "1",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: frame(toBinary(method.input, request)),
    signal,
  });
  if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
  const type = response.headers.get("content-type");
  if (type !== TYPE) throw new Error(`content-type ${type}`);
  // Where nothing is answered, the status may stand in the headers.
  let status = response.headers.has("grpc-status") ? new Map(response.headers) : undefined;
  for await (const { flag, bytes } of frames(response.body)) {
    if (status !== undefined) throw new Error("a frame behind the status");
    if (flag === TRAILERS) status = trailers(bytes);
    else if (flag === 0) yield fromBinary(method.output, bytes);
    else throw new Error(`a frame of kind ${flag}`);
  }
  if (status === undefined) throw new Error("the stream ended without trailers");
  if (status.get("grpc-status") !== "0") throw new WebError(status);
}

/** The one answer of a unary call. */
export async function ask(address, token, method, request) {
  const answers = [];
  for await (const answer of call(address, token, method, request)) answers.push(answer);
  if (answers.length !== 1) throw new Error(`${answers.length} answers`);
  return answers[0];
}
