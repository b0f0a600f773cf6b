// Asks a running server what a client written in JavaScript would, with code generated
// from proto/, over gRPC and over gRPC-Web, and says what it saw. Ends with 1 at the first
// thing that is not as it should be.
//
// Units and people are made up.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { status as Code } from "@grpc/grpc-js";
import { create as message } from "@bufbuild/protobuf";
import { makeGenericClientConstructor, credentials } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";

import { Client, details, detailsOf } from "./rpc.js";
import * as web from "./web.js";
import * as operations from "./generated/quanheng/common/v1/operation_service_pb.js";
import * as projections from "./generated/quanheng/projection/v1/projection_service_pb.js";
import * as quotas from "./generated/quanheng/quota/v1/quota_service_pb.js";
import * as registers from "./generated/quanheng/registry/v1/registry_service_pb.js";
import * as units from "./generated/quanheng/registry/v1/unit_pb.js";

const ADDRESS = process.env.QUANHENG_ADDRESS;
const TOKENS = JSON.parse(process.env.QUANHENG_TOKENS);
const REALM = process.env.QUANHENG_REALM;
const SECONDS = 20;
const PARENT = "units/node-parent";

const clients = [];
function client(service, token, more) {
  const made = new Client(service, ADDRESS, token, SECONDS, more);
  clients.push(made);
  return made;
}

const registrar = client(registers.RegistryService, TOKENS.registrar);
const operation = client(operations.OperationService, TOKENS.registrar);
const quota = client(quotas.QuotaService, TOKENS.manager);
const projection = client(projections.ProjectionService, TOKENS.viewer);

const { RegistryService: registry } = registers;
const { ProjectionService: watches } = projections;

/** Checks a refusal's code, reason and language; gives its details. */
function checked(code, found, expected) {
  assert.deepEqual([code, found.errorInfo?.reason], expected);
  assert.equal(found.errorInfo.domain, "quanheng");
  assert.equal(found.localizedMessage.locale, "zh-CN");
  assert.match(found.localizedMessage.message, /\p{Script=Han}/u);
  return found;
}

async function refused(answer, code, reason) {
  const error = await answer.then(
    () => assert.fail(`not refused with ${reason}`),
    (error) => error,
  );
  return { ...checked(error.code, detailsOf(error), [code, reason]), error };
}

function basis(number) {
  const effectiveOn = { year: 2024, month: 3, day: 1 };
  return { documentNumber: `样组通〔2024〕${number}号`, effectiveOn };
}

function newUnit(unitId, displayName, parent = PARENT) {
  return message(registers.CreateUnitRequestSchema, {
    unitId,
    profile: {
      displayName,
      division: "420102",
      tier: units.Tier.COUNTY,
      grade: units.UnitGrade.DIVISION,
      kind: units.UnitKind.ORGAN,
      nature: units.UnitNature.ORGAN,
      establishment: { administrative: 40 },
      parent,
    },
    basis: basis(1),
    requestId: randomUUID(),
  });
}

function getUnit(name, minPosition = 0n) {
  return message(registers.GetUnitRequestSchema, { name, minPosition });
}

async function health() {
  const Health = makeGenericClientConstructor(healthService, "Health");
  const stub = new Health(ADDRESS, credentials.createInsecure());
  clients.push(stub);
  const services = ["", registry.typeName, quotas.QuotaService.typeName, watches.typeName];
  for (const name of services) {
    const answer = await new Promise((answer, fail) =>
      stub.check({ service: name }, (error, found) => (error ? fail(error) : answer(found))),
    );
    assert.equal(answer.status, "SERVING", `health of "${name}"`);
  }
  return `${services.length} asked, all are serving`;
}

async function create() {
  const request = newUnit("node-parent", "样例市样例局", "");
  const first = await registrar.ask("CreateUnit", request);
  assert.equal(first.unit.name, PARENT);
  assert.equal(first.unit.profile.displayName, "样例市样例局");
  assert.ok(first.unit.etag !== "" && first.position > 0n);
  assert.deepEqual(await registrar.ask("CreateUnit", request), first, "the request, repeated");

  request.profile.displayName = "样例市另一局";
  const reused = registrar.ask("CreateUnit", request);
  const found = await refused(reused, Code.INVALID_ARGUMENT, "REQUEST_ID_REUSED");
  assert.equal(found.errorInfo.metadata.request_id, request.requestId);

  const without = newUnit("node-nameless", "样例市无号局");
  without.requestId = "";
  const missing = registrar.ask("CreateUnit", without);
  const { badRequest } = await refused(missing, Code.INVALID_ARGUMENT, "INVALID_FIELD");
  assert.deepEqual(badRequest.fieldViolations.map(({ field }) => field), ["request_id"]);
  return `${first.unit.name} at ${first.position}; ${found.localizedMessage.message}`;
}

async function read() {
  const names = [];
  let made;
  for (const number of [1, 2, 3, 4, 5]) {
    const request = newUnit(`node-${number}`, `样例市样例局第${number}科`);
    made = await registrar.ask("CreateUnit", request);
    names.push(made.unit.name);
  }
  const got = await registrar.ask("GetUnit", getUnit(made.unit.name, made.position));
  assert.deepEqual(got.unit, made.unit, "what is read right after it was written");
  assert.ok(got.position >= made.position);

  const listed = [];
  let pages = 0;
  let pageToken = "";
  do {
    const request = message(registers.ListUnitsRequestSchema, {
      filter: `parent = "${PARENT}"`,
      pageSize: 2,
      pageToken,
      minPosition: made.position,
    });
    const page = await registrar.ask("ListUnits", request);
    assert.ok(page.units.length <= 2);
    listed.push(...page.units.map(({ name }) => name));
    pageToken = page.nextPageToken;
    pages += 1;
  } while (pageToken !== "");
  assert.deepEqual(listed.toSorted(), names);
  assert.ok(pages >= 3, "five units, two a page");
  return `read own writes at ${made.position}; ${listed.length} units on ${pages} pages`;
}

async function ledger() {
  const request = message(quotas.DetermineQuotaRequestSchema, {
    owner: { case: "unit", value: PARENT },
    category: "general_management",
    basis: basis(2),
    requestId: randomUUID(),
  });
  const { account, entitlement } = await quota.ask("DetermineQuota", request);
  const seats = Object.fromEntries(entitlement.lines.map(({ set, cap }) => [set, cap]));
  // 40 × 2 % is 0.8, and no seat; 40 × 10 %, of which 40 %; 40 × 60 %, half of it.
  const expected = { "GM04": 0n, "GM05-06": 4n, "GM05": 1n, "GM07-10": 24n, "GM07-08": 12n };
  assert.deepEqual(seats, expected, "the seats by the ratios");

  const reserve = message(quotas.SetReserveRequestSchema, {
    account: account.name,
    set: "GM05-06",
    seats: 5n,
    reason: "样例预留",
    basis: basis(3),
    requestId: randomUUID(),
  });
  const rule = [Code.FAILED_PRECONDITION, "INSUFFICIENT_AVAILABLE"];
  const found = await refused(quota.ask("SetReserve", reserve), ...rule);
  const [violation, ...others] = found.preconditionFailure.violations;
  assert.equal(violation.type, "INSUFFICIENT_AVAILABLE");
  assert.ok(violation.subject !== "" && violation.description !== "");
  assert.deepEqual(others, []);
  const again = await refused(quota.ask("SetReserve", reserve), ...rule);
  assert.deepEqual(again.localizedMessage, found.localizedMessage, "the refusal, repeated");
  return `${account.name}: ${entitlement.lines.length} sets; ${violation.description}`;
}

async function imports() {
  const rows = [
    "单位代码,单位名称,单位性质,行政区划代码,层级,机构规格,机构类型,行政编制数,上级单位代码",
    "node-row-1,样例县样例1局,机关单位,420102,县级,正处级,机关,20,node-parent",
    "node-row-2,样例县样例2局,机关单位,420102,县级,正处级,机关,20,node-parent",
  ];
  const content = new TextEncoder().encode(`\ufeff${rows.join("\r\n")}\r\n`);
  const head = { fileName: "样例单位.csv", basis: basis(4), requestId: randomUUID() };
  const pieces = [{ part: { case: "head", value: head } }];
  for (let at = 0; at < content.length; at += 50) {
    pieces.push({ part: { case: "content", value: content.subarray(at, at + 50) } });
  }
  const requests = pieces.map((piece) => message(registers.ImportUnitsRequestSchema, piece));
  const begun = await registrar.send("ImportUnits", requests);
  const asked = message(operations.WaitOperationRequestSchema, { name: begun.operation.name });
  const { operation: done } = await operation.ask("WaitOperation", asked);
  assert.equal(done.state, operations.Operation_State.DONE, JSON.stringify(done.failure));
  assert.deepEqual([done.itemsDone, done.itemsTotal], [2n, 2n]);
  const got = await registrar.ask("GetUnit", getUnit("units/node-row-2", done.position));
  assert.equal(got.unit.profile.displayName, "样例县样例2局");
  return `${done.name}: ${done.itemsDone} units`;
}

/** A watch as a sequence of events, whatever brings them. */
class Watching {
  #answers;

  constructor(answers) {
    this.#answers = answers[Symbol.asyncIterator]();
  }

  /** Events up to one of a kind. Bookmarks come whenever they like. */
  async until(kind) {
    const before = [];
    for (;;) {
      const { done, value } = await this.#answers.next();
      assert.ok(!done, `the watch ended before ${kind}`);
      if (value.event.case === kind) return { before, event: value.event.value };
      if (value.event.case !== "bookmark") before.push(value.event);
    }
  }
}

function watchRequest(more) {
  const filter = `parent = "${PARENT}"`;
  const request = { collection: "units", filter, heartbeatSeconds: 1, ...more };
  return message(projections.WatchRequestSchema, request);
}

/** The one document that a commit's changes tell. */
function told(events) {
  assert.deepEqual(events.map((event) => [event.case, event.value.what?.case]), [
    ["change", "upsert"],
  ]);
  return events[0].value.what.value;
}

/** A snapshot, a change; cut off; what was missed; a bookmark. */
async function watched(open, prefix) {
  let { answers, cut } = open(watchRequest({ includeSnapshot: true }));
  let watching = new Watching(answers);
  const { before: snapshot, event: complete } = await watching.until("snapshotComplete");
  const ids = snapshot.map((event) => event.value.id);
  assert.deepEqual([...new Set(snapshot.map((event) => event.case))], ["snapshotItem"]);
  for (const number of [1, 2, 3, 4, 5]) assert.ok(ids.includes(`units/node-${number}`), `${ids}`);
  assert.notEqual(complete.resumeToken, "");

  const request = newUnit(`${prefix}-watched`, "样例市受视局");
  const made = await registrar.ask("CreateUnit", request);
  const { before: changes, event: end } = await watching.until("commitEnd");
  const item = told(changes);
  assert.equal(item.id, made.unit.name);
  assert.equal(item.document.name, "样例市受视局");
  assert.ok(item.position >= made.position && end.position >= item.position);
  cut();

  await registrar.ask("CreateUnit", newUnit(`${prefix}-missed`, "样例市漏视局"));
  ({ answers, cut } = open(watchRequest({ resumeToken: end.resumeToken })));
  watching = new Watching(answers);
  const { before: missed, event: last } = await watching.until("commitEnd");
  assert.equal(told(missed).id, `units/${prefix}-missed`);
  const { event: bookmark } = await watching.until("bookmark");
  assert.ok(bookmark.position >= last.position);
  cut();
  return `snapshot of ${snapshot.length}, a change, resumed, a bookmark`;
}

function overGrpc(request) {
  const call = projection.follow("Watch", request);
  return { answers: call, cut: () => call.on("error", () => {}).cancel() };
}

function overWeb(request) {
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(SECONDS * 1000)]);
  const answers = web.call(ADDRESS, TOKENS.viewer, watches.method.watch, request, signal);
  return { answers, cut: () => abort.abort() };
}

async function webUnary() {
  const { getUnit: get, createUnit } = registry.method;
  const got = await web.ask(ADDRESS, TOKENS.registrar, get, getUnit(PARENT));
  assert.deepEqual(got.unit, (await registrar.ask("GetUnit", getUnit(PARENT))).unit);

  const request = newUnit("node-web", "样例市网页局");
  const made = await web.ask(ADDRESS, TOKENS.registrar, createUnit, request);
  assert.equal(made.unit.name, "units/node-web");
  // The same request over the other way is the same request.
  assert.deepEqual(await registrar.ask("CreateUnit", request), made);

  for (const [token, method, asked, code, reason] of [
    [TOKENS.registrar, get, getUnit("units/none"), Code.NOT_FOUND, "RESOURCE_NOT_FOUND"],
    [undefined, get, getUnit(PARENT), Code.UNAUTHENTICATED, "TOKEN_MISSING"],
    [TOKENS.viewer, createUnit, request, Code.PERMISSION_DENIED, "ACCESS_DENIED"],
  ]) {
    const error = await web.ask(ADDRESS, token, method, asked).then(
      () => assert.fail(`not refused with ${reason}`),
      (error) => error,
    );
    assert.ok(error instanceof web.WebError, String(error.stack));
    checked(error.code, details(error.details), [code, reason]);
  }
  return `${made.unit.name} at ${made.position}; three refusals with their details`;
}

async function strangers() {
  for (const [token, reason] of [
    [undefined, "TOKEN_MISSING"],
    ["none", "TOKEN_MALFORMED"],
    [`qh_${"0".repeat(43)}`, "TOKEN_UNKNOWN"],
  ]) {
    const asked = client(registry, token).ask("GetUnit", getUnit(PARENT));
    const { error } = await refused(asked, Code.UNAUTHENTICATED, reason);
    const said = JSON.stringify([error.details, error.metadata.getMap()]);
    assert.ok(!said.includes(REALM), `a stranger learns of the realm: ${said}`);
  }
  const elsewhere = client(registry, TOKENS.registrar, { "quanheng-realm": "elsewhere" });
  const asked = elsewhere.ask("GetUnit", getUnit(PARENT));
  const found = await refused(asked, Code.PERMISSION_DENIED, "ACCESS_DENIED");
  const said = JSON.stringify([found.errorInfo, found.localizedMessage, found.error.details]);
  assert.ok(!said.includes(REALM), `another realm is told: ${said}`);
  return `neither without a token nor in another realm; ${found.localizedMessage.message}`;
}

async function main() {
  for (const [name, step] of [
    ["health", health],
    ["create", create],
    ["read", read],
    ["quota", ledger],
    ["import", imports],
    ["watch", () => watched(overGrpc, "node-grpc")],
    ["web", webUnary],
    ["web watch", () => watched(overWeb, "node-web")],
    ["strangers", strangers],
  ]) {
    const begun = performance.now();
    try {
      const said = await step();
      const seconds = ((performance.now() - begun) / 1000).toFixed(2);
      console.log(`${name.padEnd(9)} ${seconds.padStart(5)} s  ${said}`);
    } catch (error) {
      console.log(`WRONG ${name}: ${error.stack}`);
      return 1;
    }
  }
  return 0;
}

const code = await main();
for (const each of clients) each.close();
// Where something is wrong, streams may still be open.
if (code !== 0) process.exit(code);
