"""The deployment by `cdk deploy` onto MiniStack, an emulator of AWS that is not ours, and the two orders of `orders.py` on it.

What runs there is what AWS would get: the stacks of the stage `emulator`, and our Lambda program, which MiniStack starts as
processes of its own. Beside it run the providers' simulators (a `comanda up` whose own stack is not used), and a stand-in for
AWS's secrets extension, which reads the emulator's Secrets Manager. What the emulator cannot do is in docs/deploying.md.

Needs the packages of tests/clients/requirements.txt, MiniStack (cdk/requirements.txt) and `npm ci` in cdk/. Everything listens on
127.0.0.1, and ends with this program.
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

ROOT = pathlib.Path(__file__).parents[2]
REGION = "sa-east-1"
TENANT = "sabor-brasileiro"
# Rows that say who sells what, and where. Everything else comes from the orders.
CONFIGURATION = [
    "WhatsAppBotStoreConfig",
    "WhatsAppBotOrderConfig",
    "WhatsAppBotMenus",
    "WhatsAppBotChannelRoutes",
    "WhatsAppBotWebhookRoutes",
]
START_SECONDS = 120


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
        # Functions get it from here, and show it to the secrets' extension.
        "AWS_SESSION_TOKEN": "session",
        "AWS_DEFAULT_REGION": REGION,
    }
    log = open(folder / "ministack.log", "wb")
    process = started(ends, [command], cwd=folder, env=os.environ | settings, stdout=log, stderr=log)
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return url
        time.sleep(0.2)
    raise SystemExit(f"error: MiniStack did not come up:\n{(folder / 'ministack.log').read_text()[-2000:]}")


def client(service, url):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=url, region_name=REGION, **keys)


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


def cdk(url, context, *words):
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    settings = {"AWS_ENDPOINT_URL": url, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "CI": "true", **keys}
    said = [word for name, value in context.items() for word in ("-c", f"{name}={value}")]
    command = ["node_modules/.bin/cdk", *words, *said]
    done = subprocess.run(command, cwd=ROOT / "cdk", env=os.environ | settings, capture_output=True, text=True)
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
        "alarms": {each["AlarmName"] for each in client("cloudwatch", url).describe_alarms(MaxRecords=100)["MetricAlarms"]},
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


def tenant(comanda, data, local, url):
    """The tenant's rows and the values of its secrets: what `comanda tenant add` does on AWS."""
    shown = subprocess.run([comanda, "--json", "tenant", "show", "--secrets", "--data", data], capture_output=True, text=True, check=True)
    secrets = client("secretsmanager", url)
    for name, value in json.loads(shown.stdout)["secrets"].items():
        secrets.put_secret_value(SecretId=name, SecretString=value)
    source, target, sqs = client("dynamodb", local), client("dynamodb", url), client("sqs", url)
    for table in CONFIGURATION:
        for item in source.scan(TableName=table)["Items"]:
            if "queueUrl" in item:
                name = item["queueUrl"]["S"].rsplit("/", 1)[-1]
                item["queueUrl"]["S"] = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            target.put_item(TableName=table, Item=item)


def tenant_files(local, folder):
    """The tenant as the CDK app reads it, from the rows of the simulators' stack."""
    rows = client("dynamodb", local).scan(TableName="WhatsAppBotStoreConfig")["Items"]
    stores = sorted(row["storeId"]["S"] for row in rows)
    tenants = folder / "tenants"
    tenants.mkdir()
    described = {"clientId": TENANT, "name": TENANT, "stores": [{"storeId": store} for store in stores]}
    (tenants / f"{TENANT}.json").write_text(json.dumps(described))
    return tenants, stores


def main():
    said = options()
    # A polite end is an end: what was started must not outlive this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended from outside"))
    with contextlib.ExitStack() as ends:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="comanda-ministack-"))
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        facts = stack(ends, said.comanda, folder / "data")
        url = emulator(ends, pathlib.Path(said.ministack).absolute(), folder)
        simulators = f"{facts['url']}/simulators"
        tenants, stores = tenant_files(facts["awsUrl"], folder)
        context = {
            "stage": "emulator",
            "stages": stages(folder, simulators, extension(ends, url)),
            "tenants": tenants,
            "bootstrap": pathlib.Path(said.bootstrap).resolve(),
        }
        print("deploying", flush=True)
        cdk(url, context, "bootstrap")
        cdk(url, context, "deploy", "--all", "--require-approval", "never", "--output", folder / "cdk.out")
        tenant(said.comanda, folder / "data", facts["awsUrl"], url)
        api = deployed(url, stores)
        route = client("dynamodb", url).scan(TableName="WhatsAppBotWebhookRoutes")["Items"][0]["path"]["S"]
        scenario = [
            sys.executable, ROOT / "tests/scenario/orders.py",
            "--api", f"{url}/_aws/execute-api/{api}/$default",
            "--aws", url,
            "--simulator", simulators,
            "--post-webhooks",
            "--webhook-route", route,
        ]
        try:
            subprocess.run([str(word) for word in scenario], check=True)
        except subprocess.CalledProcessError:
            print((folder / "ministack.log").read_text()[-6000:], file=sys.stderr)
            raise SystemExit("error: the orders did not come through on MiniStack") from None
        finally:
            if said.keep:
                print(f"running: {url}, simulators {facts['url']}, log {folder}/ministack.log")
                sys.stdin.readline()


main()
