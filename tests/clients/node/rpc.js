// gRPC over @grpc/grpc-js with the generated messages, and the details of a status.

import grpc from "@grpc/grpc-js";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";

import { StatusSchema } from "./generated/google/rpc/status_pb.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  LocalizedMessageSchema,
  PreconditionFailureSchema,
} from "./generated/google/rpc/error_details_pb.js";

/** How grpc-js knows a generated service. */
function definition(service) {
  const methods = service.methods.map((method) => [
    method.name,
    {
      path: `/${service.typeName}/${method.name}`,
      requestStream: ["client_streaming", "bidi_streaming"].includes(method.methodKind),
      responseStream: ["server_streaming", "bidi_streaming"].includes(method.methodKind),
      requestSerialize: (message) => Buffer.from(toBinary(method.input, message)),
      requestDeserialize: (bytes) => fromBinary(method.input, bytes),
      responseSerialize: (message) => Buffer.from(toBinary(method.output, message)),
      responseDeserialize: (bytes) => fromBinary(method.output, bytes),
    },
  ]);
  return Object.fromEntries(methods);
}

/** A client of a service that shows a token. */
export class Client {
  #stub;
  #metadata;

  constructor(service, address, token, seconds, more = {}) {
    const Stub = grpc.makeGenericClientConstructor(definition(service), service.typeName);
    this.#stub = new Stub(address, grpc.credentials.createInsecure());
    this.#metadata = new grpc.Metadata();
    if (token !== undefined) this.#metadata.set("authorization", `Bearer ${token}`);
    for (const [name, value] of Object.entries(more)) this.#metadata.set(name, value);
    this.seconds = seconds;
  }

  #options() {
    return { deadline: Date.now() + this.seconds * 1000 };
  }

  /** Asks for one answer. */
  ask(method, request) {
    return new Promise((answer, fail) => {
      const done = (error, response) => (error ? fail(error) : answer(response));
      this.#stub[method](request, this.#metadata, this.#options(), done);
    });
  }

  /** Sends requests and waits for the one answer. */
  send(method, requests) {
    return new Promise((answer, fail) => {
      const done = (error, response) => (error ? fail(error) : answer(response));
      const call = this.#stub[method](this.#metadata, this.#options(), done);
      for (const request of requests) call.write(request);
      call.end();
    });
  }

  /** Asks for a stream of answers: to be iterated, and cancelled. */
  follow(method, request) {
    return this.#stub[method](request, this.#metadata, this.#options());
  }

  close() {
    this.#stub.close();
  }
}

const DETAILS = {
  errorInfo: ErrorInfoSchema,
  localizedMessage: LocalizedMessageSchema,
  badRequest: BadRequestSchema,
  preconditionFailure: PreconditionFailureSchema,
};

/** What `grpc-status-details-bin` holds, by kind. */
export function details(bytes) {
  const found = {};
  for (const packed of fromBinary(StatusSchema, bytes).details) {
    for (const [kind, schema] of Object.entries(DETAILS)) {
      found[kind] ??= anyUnpack(packed, schema);
    }
  }
  return found;
}

/** The details of what grpc-js threw. */
export function detailsOf(error) {
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (bytes === undefined) throw error;
  return details(bytes);
}
