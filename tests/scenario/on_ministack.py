"""The deployment by `cdk deploy` onto MiniStack, an emulator of AWS that is not ours, and the two orders of `orders.py` on it.

What runs there is what AWS would get: the stacks of the stage `emulator`, our Lambda program, which MiniStack starts as processes
of its own, and a tenant that `comanda tenant add` wrote there. It judges who may do what (`AUTH=true`): functions have their roles,
the POS and who takes the tenant in are users with our policies, and each role is tried on what is not its own. Beside it run the providers' simulators (a `comanda up` whose own
stack is not used), and a stand-in for AWS's secrets extension, which reads the emulator's Secrets Manager. What the emulator
cannot do is in docs/deploying.md.

Needs the packages of tests/clients/requirements.txt, MiniStack (tests/scenario/requirements.txt, in a Python of its own: it wants
another botocore) and `npm ci` in cdk/. Everything listens on 127.0.0.1, and ends with this program.
"""

import argparse
import contextlib
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

ROOT = pathlib.Path(__file__).parents[2]
REGION = "sa-east-1"
TENANT = "sabor-brasileiro"
# What `comanda tenant add` makes from the rest of a tenant's file.
MADE = {"clientId", "storeId", "secrets", "queueUrl", "updatedAt", "version"}
START_SECONDS = 120
# A deployment takes half a minute on two free cores.
DEPLOY_SECONDS = 300
COMMAND_SECONDS = 60
ORDERS_SECONDS = 240
LOG_CHARACTERS = 6000


def options():
    said = argparse.ArgumentParser(description="Two orders on MiniStack.")
    said.add_argument("--comanda", default=ROOT / "target/debug/comanda", help="for the simulators and the tenant's rows")
    said.add_argument("--bootstrap", required=True, help="the directory with the functions' program")
    said.add_argument("--ministack", required=True, help="MiniStack's command")
    said.add_argument("--keep", action="store_true", help="leave everything running until a line is entered")
    return said.parse_args()


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def started(ends, command, **more):
    """A process that ends with this one, with all that it started."""
    process = subprocess.Popen([str(word) for word in command], start_new_session=True, **more)

    def end():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
            return
        os.killpg(process.pid, signal.SIGKILL)

    ends.callback(end)
    return process


def stack(ends, comanda, data):
    """A `comanda up`, for its simulators: where it is."""
    command = [comanda, "--json", "up", "--data", data, "--port", 0, "--aws-port", 0]
    process = started(ends, command, stdout=subprocess.PIPE, text=True)
    text = ""
    for line in process.stdout:
        text += line
        with contextlib.suppress(json.JSONDecodeError):
            return json.loads(text)
    raise SystemExit("error: the simulators did not come up")


def emulator(ends, command, folder):
    """MiniStack on a free port: its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AUTH": "true",
        # It leaves programs of functions behind.
        "TMPDIR": str(folder),
    }
    log = open(folder / "ministack.log", "wb")
    process = started(ends, [command], cwd=folder, env=os.environ | settings, stdout=log, stderr=log)
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return url
        time.sleep(0.2)
    raise SystemExit(f"error: MiniStack did not come up:\n{(folder / 'ministack.log').read_text()[-2000:]}")


# Whoever deploys: the account's root.
ROOT_KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def client(service, url, keys=ROOT_KEYS):
    said = {name.lower(): value for name, value in keys.items()}
    return boto3.client(service, endpoint_url=url, region_name=REGION, **said)


def extension(ends, url):
    """What AWS's secrets extension is beside a function, over the emulator's Secrets Manager: its address."""
    secrets = client("secretsmanager", url)

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked = urllib.parse.urlsplit(self.path)
            name = urllib.parse.parse_qs(asked.query).get("secretId", [""])[0]
            try:
                value = {"SecretString": secrets.get_secret_value(SecretId=name)["SecretString"]}
                status, body = 200, json.dumps(value)
            except secrets.exceptions.ResourceNotFoundException:
                status, body = 400, "ResourceNotFoundException"
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            """Names of secrets are nobody's business."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ends.callback(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}"


def stages(folder, simulators, secrets):
    """The stages, with the emulator's functions told where the outside is."""
    described = json.loads((ROOT / "cdk/stages.json").read_text())
    described["emulator"]["emulator"]["environment"] = {
        "COMANDA_ASAAS_LOCAL_URL": f"{simulators}/asaas/v3",
        "COMANDA_TWILIO_URL": f"{simulators}/twilio",
        "COMANDA_TWILIO_CONTENT_URL": f"{simulators}/twilio",
        "COMANDA_SECRETS_URL": secrets,
    }
    file = folder / "stages.json"
    file.write_text(json.dumps(described))
    return file


def environment(url, keys=ROOT_KEYS):
    """Of a command that is to find the emulator where AWS is."""
    return os.environ | {"AWS_ENDPOINT_URL": url, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "CI": "true", **keys}


def cdk(url, context, *words):
    said = [word for name, value in context.items() for word in ("-c", f"{name}={value}")]
    command = ["node_modules/.bin/cdk", *words, *said]
    done = subprocess.run(
        command, cwd=ROOT / "cdk", env=environment(url), capture_output=True, text=True, timeout=DEPLOY_SECONDS
    )
    if done.returncode != 0:
        raise SystemExit(f"error: cdk {words[0]} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def deployed(url, stores):
    """Everything that `generated/` describes is there, by its name; else what is missing."""
    manifest = json.loads((ROOT / "generated/manifest.json").read_text())
    all_of = {
        "tables": {name for page in client("dynamodb", url).get_paginator("list_tables").paginate() for name in page["TableNames"]},
        "functions": {each["FunctionName"] for each in client("lambda", url).list_functions()["Functions"]},
        "state machines": {each["name"] for each in client("stepfunctions", url).list_state_machines()["stateMachines"]},
        "queues": {each.rsplit("/", 1)[-1] for each in client("sqs", url).list_queues()["QueueUrls"]},
        "schedules": {each["Name"] for each in client("scheduler", url).list_schedules()["Schedules"]},
        "secrets": {each["Name"] for each in client("secretsmanager", url).list_secrets()["SecretList"]},
        "alarms": {each["AlarmName"] for page in client("cloudwatch", url).get_paginator("describe_alarms").paginate() for each in page["MetricAlarms"]},
    }
    gateway = client("apigatewayv2", url)
    (api,) = gateway.get_apis()["Items"]
    all_of["routes"] = {each["RouteKey"] for each in gateway.get_routes(ApiId=api["ApiId"])["Items"]}
    wanted = {
        "tables": set(manifest["tables"]),
        "functions": {each["name"] for each in manifest["functions"]},
        "state machines": {each["name"] for each in manifest["stateMachines"]},
        "queues": {
            each[key].format(clientId=TENANT, storeId=store)
            for each in manifest["queues"] for key in ["name", "deadLetters"] for store in stores
        },
        "schedules": {f"comanda-{TENANT}-{each['stateMachine']}" for each in manifest["schedules"]},
        "secrets": {f"comanda/{TENANT}/asaas-webhook-token"},
        "alarms": {f"comanda-exception-{each['kind'].lower().replace('_', '-')}" for each in manifest["exceptions"]},
        "routes": {f"{each['method']} {each['path']}" for each in manifest["routes"]},
    }
    for what, names in wanted.items():
        assert names, what
        if missing := names - all_of[what]:
            raise SystemExit(f"error: deployed, and without these {what}: {', '.join(sorted(missing))}")
    (mapping,) = client("lambda", url).list_event_source_mappings()["EventSourceMappings"]
    assert mapping["EventSourceArn"].endswith(":comanda-events.fifo") and mapping["State"] == "Enabled", mapping
    print("deployed: " + ", ".join(f"{len(names)} {what}" for what, names in all_of.items()), flush=True)
    return api["ApiId"]


def tenant_file(local, folder):
    """The simulators' tenant as a file, from its rows; and its stores."""
    tables, read = client("dynamodb", local), TypeDeserializer().deserialize

    def rows(table):
        items = tables.scan(TableName=table)["Items"]
        plain = [{name: read(value) for name, value in item.items()} for item in items]
        # Numbers of rows are whole.
        return json.loads(json.dumps(plain, default=int))

    def settings(table):
        return {row["storeId"]: {name: value for name, value in row.items() if name not in MADE} for row in rows(table)}

    stores = settings("WhatsAppBotStoreConfig")
    orders, menus = settings("WhatsAppBotOrderConfig"), settings("WhatsAppBotMenus")
    (route,) = rows("WhatsAppBotWebhookRoutes")
    described = {
        "clientId": TENANT,
        "name": "Sabor Brasileiro",
        "webhookRoute": route["path"],
        "stores": [
            {"storeId": store, "config": stores[store], "orders": orders[store], "menu": menus[store]}
            for store in sorted(stores)
        ],
    }
    file = folder / "tenant.json"
    file.write_text(json.dumps(described))
    return file, route["path"], sorted(stores)


def as_aws_makes_them(url):
    """A secret that a template gives no value has no version on AWS, and an empty one here: it is taken away."""
    secrets = client("secretsmanager", url)
    for each in secrets.list_secrets()["SecretList"]:
        (version,) = secrets.describe_secret(SecretId=each["Name"])["VersionIdsToStages"]
        secrets.update_secret_version_stage(SecretId=each["Name"], VersionStage="AWSCURRENT", RemoveFromVersionId=version)


def spoken_to_without_tls(url):
    """Buckets and queues refuse whoever comes without TLS, and the emulator has none: what refuses is taken away, by who says to
    come through a proxy that has."""
    s3, sqs = client("s3", url), client("sqs", url)

    def over_tls(request, **_):
        request.headers["X-Forwarded-Proto"] = "https"

    for each in (s3, sqs):
        each.meta.events.register("before-send", over_tls)
    for bucket in s3.list_buckets()["Buckets"]:
        s3.delete_bucket_policy(Bucket=bucket["Name"])
    for queue in sqs.list_queues().get("QueueUrls", []):
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})


def user(url, name, policy):
    """The keys of a user who may do what one of our policies says."""
    iam = client("iam", url)
    policies = iam.get_paginator("list_policies").paginate(Scope="Local")
    (arn,) = [each["Arn"] for page in policies for each in page["Policies"] if each["PolicyName"] == policy]
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def may(call, **words):
    """Whether a call is let through, whatever comes of it then."""
    try:
        call(**words)
    except ClientError as error:
        return error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException")
    return True


def roles_are_narrow(url, store):
    """Each function's role, as deployed, on every table, on the tenant's secrets and on a store's queue: what the manifest lists
    and nothing else."""
    manifest = json.loads((ROOT / "generated/manifest.json").read_text())
    tables = json.loads((ROOT / "generated/tables.json").read_text())["tables"]
    roles = {each["FunctionName"]: each["Role"] for each in client("lambda", url).list_functions()["Functions"]}
    queue = client("sqs", url).get_queue_url(QueueName=f"comanda-{TENANT}-{store}.fifo")["QueueUrl"]
    tried = {True: 0, False: 0}

    def compare(who, what, wanted, is_let):
        assert wanted == is_let, f"{who} {'may not' if wanted else 'may'} {what}"
        tried[is_let] += 1

    for function in manifest["functions"]:
        name, granted = function["name"], function["permissions"]
        session = client("sts", url).assume_role(RoleArn=roles[name], RoleSessionName="tried")["Credentials"]
        keys = {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }
        reads = {each.get("table") for each in granted if "dynamodb:GetItem" in each["actions"]}
        writes = {each.get("table") for each in granted if "dynamodb:PutItem" in each["actions"]}
        rows = client("dynamodb", url, keys)
        for table in tables:
            key = {part: {"S": "nobody"} for part in (table["partitionKey"], table["sortKey"]) if part}
            compare(name, f"read {table['name']}", table["name"] in reads, may(rows.get_item, TableName=table["name"], Key=key))
            # Nothing is written: no row both is there and is not.
            never = {
                "ConditionExpression": "attribute_exists(#key) AND attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": table["partitionKey"]},
            }
            is_let = may(rows.put_item, TableName=table["name"], Item=key, **never)
            compare(name, f"write {table['name']}", table["name"] in writes, is_let)
        secret = f"comanda/{TENANT}/asaas-api-key"
        is_let = may(client("secretsmanager", url, keys).get_secret_value, SecretId=secret)
        compare(name, "read secrets", any(each.get("secret") for each in granted), is_let)
        is_let = may(client("sqs", url, keys).receive_message, QueueUrl=queue)
        compare(name, "take a store's orders", False, is_let)
    assert all(tried.values()), tried
    print(f"roles: {tried[True]} calls are let through, {tried[False]} refused, as the manifest says", flush=True)


class Operator:
    """Who takes a tenant in, by the command and nothing else."""

    def __init__(self, comanda, url, stages):
        self.comanda, self.url, self.stages = comanda, url, stages
        self.keys = {}

    def tenant(self, *words, fails=None):
        command = [self.comanda, "--json", "tenant", *words]
        done = subprocess.run(
            [str(word) for word in command], env=environment(self.url, self.keys), cwd=ROOT,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_SECONDS,
        )
        if fails:
            code = done.stderr and json.loads(done.stderr)["error"]["code"]
            assert done.returncode == 1 and code == fails, (done.returncode, done.stdout, done.stderr)
            return None
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def on_stage(self, *words, fails=None):
        return self.tenant(*words, "--aws", "emulator", "--stages", self.stages, fails=fails)

    def takes_in(self, file, folder, data):
        """The tenant's rows and the values of its secrets; nothing is written twice, and nothing that is another's."""
        shown = self.tenant("show", TENANT, "--secrets", "--data", data)
        purposes = {
            "asaas-api-key": "paymentApiKey",
            "twilio-account": "messagingAccount",
            "twilio-auth-token": "messagingToken",
            "asaas-webhook-token": "webhookToken",
        }
        values = {purposes[name.rsplit("/", 1)[-1]]: value for name, value in shown["secrets"].items()}
        secrets = folder / "secrets.json"
        secrets.touch(mode=0o600)
        secrets.write_text(json.dumps(values))
        added = self.on_stage("add", file, "--secrets", secrets)
        assert {row["written"] for row in added["rows"] + added["secrets"]} == {"made"}, added
        again = self.on_stage("add", file, "--secrets", secrets)
        assert {row["written"] for row in again["rows"] + again["secrets"]} == {"asItWas"}, again
        rival = folder / "rival.json"
        rival.write_text(json.dumps(json.loads(file.read_text()) | {"clientId": "rival", "webhookRoute": "rival"}))
        self.on_stage("add", rival, "--secrets", secrets, fails="NUMBER_TAKEN")
        self.on_stage("rotate", TENANT, "webhook-token")
        token = client("secretsmanager", self.url).get_secret_value(SecretId=f"comanda/{TENANT}/asaas-webhook-token")
        assert token["SecretString"] != values["webhookToken"], "the webhook's token is as it was"
        shown = self.on_stage("show", TENANT)
        assert {secret["value"] for secret in shown["secrets"]} == {"there"} and len(shown["secrets"]) == 4, shown
        print(f"taken in: {TENANT}, {len(shown['stores'])} stores, {len(shown['secrets'])} secrets", flush=True)


@contextlib.contextmanager
def explained(folder):
    """What the emulator said, where something failed or took too long."""
    try:
        yield
    except BaseException as failure:
        log = folder / "ministack.log"
        if log.exists():
            print(f"\nMiniStack's log ends:\n{log.read_text(errors='replace')[-LOG_CHARACTERS:]}", file=sys.stderr)
        if isinstance(failure, subprocess.TimeoutExpired):
            words = " ".join(str(word) for word in failure.cmd[:3])
            said = (failure.stdout or b"").decode(errors="replace")[-LOG_CHARACTERS:]
            raise SystemExit(f"error: {words} … took longer than {failure.timeout} seconds\n{said}") from None
        raise


def main():
    said = options()
    # A polite end is an end: what was started must not outlive this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended from outside"))
    with contextlib.ExitStack() as ends:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="comanda-ministack-"))
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        ends.enter_context(explained(folder))
        facts = stack(ends, said.comanda, folder / "data")
        url = emulator(ends, pathlib.Path(said.ministack).absolute(), folder)
        simulators = f"{facts['url']}/simulators"
        file, route, stores = tenant_file(facts["awsUrl"], folder)
        described = stages(folder, simulators, extension(ends, url))
        operator = Operator(pathlib.Path(said.comanda).absolute(), url, described)
        operator.tenant("add", file, "--cdk", folder / "tenants", "--data", folder / "nothing-runs-here")
        context = {
            "stage": "emulator",
            "stages": described,
            "tenants": folder / "tenants",
            "bootstrap": pathlib.Path(said.bootstrap).resolve(),
        }
        print("deploying", flush=True)
        cdk(url, context, "bootstrap")
        spoken_to_without_tls(url)
        cdk(url, context, "deploy", "--all", "--require-approval", "never", "--output", folder / "cdk.out")
        spoken_to_without_tls(url)
        api = deployed(url, stores)
        as_aws_makes_them(url)
        operator.keys = user(url, "onboarding", "comanda-onboarding")
        operator.takes_in(file, folder, folder / "data")
        roles_are_narrow(url, stores[0])
        pos = user(url, "pos", f"comanda-pos-{TENANT}-{stores[0]}")
        scenario = [
            sys.executable, ROOT / "tests/scenario/orders.py",
            "--api", f"{url}/_aws/execute-api/{api}/$default",
            "--aws", url,
            "--simulator", simulators,
            "--post-webhooks",
            "--webhook-route", route,
        ]
        try:
            keys = ROOT_KEYS | {f"POS_{name}": value for name, value in pos.items()}
            subprocess.run([str(word) for word in scenario], env=os.environ | keys, check=True, timeout=ORDERS_SECONDS)
        except subprocess.CalledProcessError:
            raise SystemExit("error: the orders did not come through on MiniStack") from None
        finally:
            if said.keep:
                print(f"running: {url}, simulators {facts['url']}, log {folder}/ministack.log")
                sys.stdin.readline()


main()
