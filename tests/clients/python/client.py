"""Asks a running server what a client written in Python would, with code generated from
proto/, and says what it saw. Ends with 1 at the first thing that is not as it should be.

Units and people are made up.
"""

import json
import os
import sys
import threading
import time
import uuid

import grpc
from google.rpc import error_details_pb2
from google.type import date_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from quanheng.common.v1 import common_pb2, operation_service_pb2, operation_service_pb2_grpc
from quanheng.projection.v1 import projection_service_pb2, projection_service_pb2_grpc
from quanheng.quota.v1 import quota_service_pb2, quota_service_pb2_grpc
from quanheng.registry.v1 import registry_service_pb2 as registry
from quanheng.registry.v1 import registry_service_pb2_grpc, unit_pb2

ADDRESS = os.environ["QUANHENG_ADDRESS"]
TOKENS = json.loads(os.environ["QUANHENG_TOKENS"])
REALM = os.environ["QUANHENG_REALM"]
SECONDS = 20

PARENT = "units/python-parent"
SERVICES = [
    "quanheng.registry.v1.RegistryService",
    "quanheng.quota.v1.QuotaService",
    "quanheng.policy.v1.PolicyService",
    "quanheng.attachment.v1.AttachmentService",
    "quanheng.projection.v1.ProjectionService",
    "quanheng.common.v1.OperationService",
]


class Wrong(Exception):
    """The server did not do what it should."""


def same(found, expected, what):
    if found != expected:
        raise Wrong(f"{what}: expected {expected!r}, found {found!r}")


def holds(condition, what):
    if not condition:
        raise Wrong(what)


class Refusal:
    """A status and the details in it, read through grpcio-status."""

    def __init__(self, error):
        self.code = error.code()
        self.text = f"{error.details()} {error.trailing_metadata()}"
        self.found = {}
        status = rpc_status.from_call(error)
        holds(status is not None, f"a status without details: {error}")
        for packed in status.details:
            for kind in (
                error_details_pb2.ErrorInfo,
                error_details_pb2.LocalizedMessage,
                error_details_pb2.BadRequest,
                error_details_pb2.PreconditionFailure,
                error_details_pb2.RetryInfo,
            ):
                if packed.Is(kind.DESCRIPTOR):
                    self.found[kind.__name__] = kind()
                    packed.Unpack(self.found[kind.__name__])
        info = self["ErrorInfo"]
        same(info.domain, "quanheng", "the domain of a reason")
        self.reason, self.metadata = info.reason, dict(info.metadata)
        told = self["LocalizedMessage"]
        same(told.locale, "zh-CN", "the language of a message")
        holds(any("\u4e00" <= c <= "\u9fff" for c in told.message), f"not Chinese: {told}")
        self.message = told.message

    def __getitem__(self, kind):
        holds(kind in self.found, f"no {kind} among {sorted(self.found)}")
        return self.found[kind]


def refused(call, code, reason, what):
    """Makes a call that is to be refused in this way."""
    try:
        answer = call()
    except grpc.RpcError as error:
        refusal = Refusal(error)
        same((refusal.code, refusal.reason), (code, reason), what)
        return refusal
    raise Wrong(f"{what}: it was not refused but answered {answer}")


class Asking(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor,
             grpc.StreamUnaryClientInterceptor):
    """Puts somebody's token, and what else is wanted, on every call."""

    def __init__(self, token, **metadata):
        self.metadata = list(metadata.items())
        if token is not None:
            self.metadata.append(("authorization", f"Bearer {token}"))

    def details(self, details):
        return details._replace(metadata=[*(details.metadata or []), *self.metadata])

    def intercept_unary_unary(self, proceed, details, request):
        return proceed(self.details(details), request)

    def intercept_unary_stream(self, proceed, details, request):
        return proceed(self.details(details), request)

    def intercept_stream_unary(self, proceed, details, requests):
        return proceed(self.details(details), requests)


class Client:
    """Somebody's stubs."""

    def __init__(self, channel, token, **metadata):
        shown = grpc.intercept_channel(channel, Asking(token, **metadata))
        self.registry = registry_service_pb2_grpc.RegistryServiceStub(shown)
        self.quota = quota_service_pb2_grpc.QuotaServiceStub(shown)
        self.operation = operation_service_pb2_grpc.OperationServiceStub(shown)
        self.projection = projection_service_pb2_grpc.ProjectionServiceStub(shown)


def request_id():
    return str(uuid.uuid4())


def basis(number):
    day = date_pb2.Date(year=2024, month=3, day=1)
    return common_pb2.Basis(document_number=f"样组通〔2024〕{number}号", effective_on=day)


def new_unit(unit_id, name, parent=PARENT, given=None):
    profile = unit_pb2.UnitProfile(
        display_name=name,
        division="420102",
        tier=unit_pb2.TIER_COUNTY,
        grade=unit_pb2.UNIT_GRADE_DIVISION,
        kind=unit_pb2.UNIT_KIND_ORGAN,
        nature=unit_pb2.UNIT_NATURE_ORGAN,
        establishment=unit_pb2.Establishment(administrative=40),
    )
    if parent is not None:
        profile.parent = parent
    return registry.CreateUnitRequest(
        unit_id=unit_id, profile=profile, basis=basis(1), request_id=given or request_id()
    )


def health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ["", *SERVICES]:
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=SECONDS)
        same(answer.status, health_pb2.HealthCheckResponse.SERVING, f"health of {service!r}")
    return f"{len(SERVICES)} services and the whole are serving"


def create(client):
    request = new_unit("python-parent", "样例市样例局", parent=None)
    first = client.registry.CreateUnit(request, timeout=SECONDS)
    same(first.unit.name, PARENT, "the name of a unit")
    same(first.unit.profile.display_name, "样例市样例局", "its display name")
    holds(first.unit.etag and first.position > 0, "an etag and a position")
    again = client.registry.CreateUnit(request, timeout=SECONDS)
    same(again, first, "the same request again")

    request.profile.display_name = "样例市另一局"
    refusal = refused(
        lambda: client.registry.CreateUnit(request, timeout=SECONDS),
        grpc.StatusCode.INVALID_ARGUMENT,
        "REQUEST_ID_REUSED",
        "another body under the same request id",
    )
    same(refusal.metadata["request_id"], request.request_id, "the id that is told")
    return f"{first.unit.name} at {first.position}; repeated: the same; {refusal.message}"


def fields(client):
    request = new_unit("python-nameless", "样例市无号局")
    request.request_id = ""
    refusal = refused(
        lambda: client.registry.CreateUnit(request, timeout=SECONDS),
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_FIELD",
        "no request id",
    )
    violations = [violation.field for violation in refusal["BadRequest"].field_violations]
    same(violations, ["request_id"], "the fields that are wrong")
    refusal = refused(
        lambda: client.registry.GetUnit(
            registry.GetUnitRequest(name="units/python-nameless"), timeout=SECONDS
        ),
        grpc.StatusCode.NOT_FOUND,
        "RESOURCE_NOT_FOUND",
        "a unit that was not created",
    )
    return f"without a request id: {violations}; {refusal.message}"


def read(client):
    position = 0
    names = []
    for number in (1, 2, 3, 4, 5):
        made = client.registry.CreateUnit(
            new_unit(f"python-{number}", f"样例市样例局第{number}科"), timeout=SECONDS
        )
        position = made.position
        names.append(made.unit.name)
    got = client.registry.GetUnit(
        registry.GetUnitRequest(name=names[-1], min_position=position), timeout=SECONDS
    )
    same(got.unit, made.unit, "what is read right after it was written")
    holds(got.position >= position, "a read is not behind min_position")

    listed, pages, token = [], 0, ""
    while True:
        page = client.registry.ListUnits(
            registry.ListUnitsRequest(
                filter=f'parent = "{PARENT}"',
                page_size=2,
                page_token=token,
                min_position=position,
            ),
            timeout=SECONDS,
        )
        holds(len(page.units) <= 2, "a page is not larger than asked for")
        listed += [unit.name for unit in page.units]
        pages, token = pages + 1, page.next_page_token
        if not token:
            break
    same(sorted(listed), names, "what the pages list")
    holds(pages >= 3, "five units, two a page")
    return f"read own writes at {position}; {len(listed)} units on {pages} pages"


def quota(client, manager):
    determined = manager.quota.DetermineQuota(
        quota_service_pb2.DetermineQuotaRequest(
            unit=PARENT,
            category="general_management",
            basis=basis(2),
            request_id=request_id(),
        ),
        timeout=SECONDS,
    )
    account = determined.account
    seats = {line.set: line.cap for line in determined.entitlement.lines}
    # 40 × 2 % is 0.8, and no seat; 40 × 10 %, of which 40 %; 40 × 60 %, half of it.
    expected = {"GM04": 0, "GM05-06": 4, "GM05": 1, "GM07-10": 24, "GM07-08": 12}
    same(seats, expected, "the seats by the ratios")
    same({s.set: s.determined for s in account.sets}, expected, "the seats of the account")

    request = quota_service_pb2.SetReserveRequest(
        account=account.name,
        set="GM05-06",
        seats=5,
        reason="样例预留",
        basis=basis(3),
        request_id=request_id(),
    )
    def reserve():
        return manager.quota.SetReserve(request, timeout=SECONDS)

    state = grpc.StatusCode.FAILED_PRECONDITION
    refusal = refused(reserve, state, "INSUFFICIENT_AVAILABLE", "more seats than there are")
    violations = refusal["PreconditionFailure"].violations
    same([v.type for v in violations], ["INSUFFICIENT_AVAILABLE"], "the rules that are broken")
    holds(violations[0].subject and violations[0].description, "of what, and why")
    again = refused(reserve, state, "INSUFFICIENT_AVAILABLE", "the refusal, repeated")
    same(again.message, refusal.message, "a refusal that is repeated")
    refused(
        lambda: client.quota.SetReserve(request, timeout=SECONDS),
        grpc.StatusCode.PERMISSION_DENIED,
        "ACCESS_DENIED",
        "a registrar who reserves seats",
    )
    return f"{account.name}: {seats}; {refusal.message}"


SHEET = "单位代码,单位名称,单位性质,行政区划代码,层级,机构规格,机构类型,行政编制数,上级单位代码\r\n"


def sheet(*rows):
    return ("\ufeff" + SHEET + "".join(row + "\r\n" for row in rows)).encode()


def send(client, content, given, basis_number):
    """Streams a file in small pieces, which cut its characters, too."""

    def pieces():
        yield registry.ImportUnitsRequest(
            head=registry.ImportHead(
                file_name="样例单位.csv", basis=basis(basis_number), request_id=given
            )
        )
        for at in range(0, len(content), 50):
            yield registry.ImportUnitsRequest(content=content[at:at + 50])

    return client.registry.ImportUnits(pieces(), timeout=SECONDS).operation


def wait(client, operation):
    done = operation_service_pb2.Operation.STATE_RUNNING
    until = time.monotonic() + SECONDS
    while operation.state == done and time.monotonic() < until:
        asked = operation_service_pb2.WaitOperationRequest(name=operation.name)
        operation = client.operation.WaitOperation(asked, timeout=SECONDS).operation
    return operation


def imports(client):
    rows = [
        f"python-row-{n},样例县样例{n}局,机关单位,420102,县级,正处级,机关,20,python-parent"
        for n in (1, 2)
    ]
    given = request_id()
    begun = send(client, sheet(*rows), given, 4)
    same(begun.kind, "units.import", "what the operation does")
    done = wait(client, begun)
    same(done.state, operation_service_pb2.Operation.STATE_DONE, f"the end of {done}")
    same((done.items_done, done.items_total), (2, 2), "how much is done")
    got = client.registry.GetUnit(
        registry.GetUnitRequest(name="units/python-row-2", min_position=done.position),
        timeout=SECONDS,
    )
    same(got.unit.profile.display_name, "样例县样例2局", "the name of an imported unit")
    same(got.unit.profile.parent, PARENT, "its parent")
    same(send(client, sheet(*rows), given, 4).name, begun.name, "the upload, repeated")

    rows[1] = rows[1].replace("python-row-2", "python-row-3").replace("县级", "星级")
    bad = wait(client, send(client, sheet(*rows), request_id(), 5))
    same(bad.state, operation_service_pb2.Operation.STATE_FAILED, "the end of a bad file")
    holds(any(e.row == 3 and e.column == "tier" for e in bad.sheet_errors), f"where: {bad}")
    reasons = sorted({error.reason for error in bad.sheet_errors})
    return f"{done.name}: {done.items_done} units; a bad file: {reasons}"


class Watching:
    """A watch whose events are taken one after the other."""

    def __init__(self, client, **request):
        asked = projection_service_pb2.WatchRequest(
            collection="units", filter=f'parent = "{PARENT}"', heartbeat_seconds=1, **request
        )
        self.call = client.projection.Watch(asked)
        # A watch has no end: this is how long it is waited for one.
        self.clock = threading.Timer(SECONDS, self.call.cancel)
        self.clock.daemon = True
        self.clock.start()

    def until(self, kind):
        """Events up to one of a kind. Bookmarks come whenever they like."""
        before = []
        for response in self.call:
            which = response.WhichOneof("event")
            event = getattr(response, which)
            if which == kind:
                return before, event
            if which != "bookmark":
                before.append((which, event))
        raise Wrong(f"the watch ended before {kind}")

    def close(self):
        self.clock.cancel()
        self.call.cancel()


def told(events, what):
    """The one document that a commit's changes tell."""
    same([which for which, _ in events], ["change"], what)
    same(events[0][1].WhichOneof("what"), "upsert", what)
    return events[0][1].upsert


def watch(client, viewer):
    position = client.registry.GetUnit(
        registry.GetUnitRequest(name=PARENT), timeout=SECONDS
    ).position
    watching = Watching(viewer, include_snapshot=True)
    snapshot, complete = watching.until("snapshot_complete")
    same({which for which, _ in snapshot}, {"snapshot_item"}, "what a snapshot holds")
    ids = {item.id for _, item in snapshot}
    holds({f"units/python-{n}" for n in (1, 2, 3, 4, 5)} <= ids, f"all units in it: {ids}")
    holds(complete.position >= position and complete.resume_token, "where the snapshot stands")

    made = client.registry.CreateUnit(
        new_unit("python-watched", "样例市受视局"), timeout=SECONDS
    )
    changes, end = watching.until("commit_end")
    item = told(changes, "one unit is told")
    same(item.id, made.unit.name, "which unit it is")
    same(item.document["name"], "样例市受视局", "its document")
    holds(item.position >= made.position and end.position >= item.position, "their order")
    watching.close()

    client.registry.CreateUnit(new_unit("python-missed", "样例市漏视局"), timeout=SECONDS)
    watching = Watching(viewer, resume_token=end.resume_token)
    changes, last = watching.until("commit_end")
    same(told(changes, "what was missed").id, "units/python-missed", "what came in between")
    _, bookmark = watching.until("bookmark")
    holds(bookmark.position >= last.position and bookmark.resume_token, "a bookmark")
    watching.close()

    refusal = refused(
        lambda: list(
            viewer.projection.Watch(
                projection_service_pb2.WatchRequest(
                    collection="units", resume_token=end.resume_token
                ),
                timeout=SECONDS,
            )
        ),
        grpc.StatusCode.INVALID_ARGUMENT,
        "RESUME_TOKEN_MISMATCH",
        "the token of another filter",
    )
    return f"snapshot of {len(snapshot)}, a change, resumed, a bookmark; {refusal.message}"


def strangers(channel):
    asked = registry.GetUnitRequest(name=PARENT)
    for token, reason in (
        (None, "TOKEN_MISSING"),
        ("none", "TOKEN_MALFORMED"),
        ("qh_" + "0" * 43, "TOKEN_UNKNOWN"),
    ):
        refusal = refused(
            lambda: Client(channel, token).registry.GetUnit(asked, timeout=SECONDS),
            grpc.StatusCode.UNAUTHENTICATED,
            reason,
            f"the token {token}",
        )
        holds(REALM not in refusal.text, f"a stranger learns of the realm: {refusal.text}")
    elsewhere = Client(channel, TOKENS["registrar"], **{"quanheng-realm": "elsewhere"})
    refusal = refused(
        lambda: elsewhere.registry.GetUnit(asked, timeout=SECONDS),
        grpc.StatusCode.PERMISSION_DENIED,
        "ACCESS_DENIED",
        "a realm that is not theirs",
    )
    holds(REALM not in refusal.text, f"another realm is told: {refusal.text}")
    return f"neither without a token nor in another realm; {refusal.message}"


def main():
    with grpc.insecure_channel(ADDRESS) as channel:
        registrar = Client(channel, TOKENS["registrar"])
        manager = Client(channel, TOKENS["manager"])
        viewer = Client(channel, TOKENS["viewer"])
        for name, step in (
            ("health", lambda: health(channel)),
            ("create", lambda: create(registrar)),
            ("fields", lambda: fields(registrar)),
            ("read", lambda: read(registrar)),
            ("quota", lambda: quota(registrar, manager)),
            ("import", lambda: imports(registrar)),
            ("watch", lambda: watch(registrar, viewer)),
            ("strangers", lambda: strangers(channel)),
        ):
            begun = time.monotonic()
            try:
                said = step()
            except (Wrong, grpc.RpcError) as error:
                print(f"WRONG {name}: {error}", flush=True)
                return 1
            print(f"{name:9} {time.monotonic() - begun:5.2f} s  {said}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
