"""Two orders from beginning to end, against whatever is deployed: one confirmed by its store, one refunded.

It is everybody around Comanda: the customer who orders over the API, the payment provider whose webhook tells that money
came and went back, and the store's POS, which reads its queue, answers by task token, and reports on the events queue.
It speaks to AWS by boto3 and to the API by plain HTTP, so the same file runs against

    comanda up             --api URL --aws URL --simulator URL/simulators
    an emulator of AWS     --api URL --aws URL --simulator URL/simulators --post-webhooks
    AWS itself             --api URL --post-webhooks     (credentials and region from the environment)

or, with --stack COMMAND, against a stack that it starts and ends itself (more words for `up` after `--`). With
--post-webhooks it tells what the provider's webhook would, by the tenant's token: for where no simulator is, or one whose
webhooks go elsewhere. The provider behind the functions must then let charges be made and refunded. Queues and state
machines are found by name. The POS may be somebody of its own: who it signs as is then in POS_AWS_ACCESS_KEY_ID and
POS_AWS_SECRET_ACCESS_KEY.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "orders"
# The provider's words for ours.
BILLING = {"PIX": "PIX", "CREDIT": "CREDIT_CARD"}
POLL_SECONDS = 0.2
# An answer to somebody's API: of ours, or of the simulators.
ANSWER_SECONDS = 60


def options():
    said = argparse.ArgumentParser(description="Two orders from beginning to end.")
    said.add_argument("--stack", help="a `comanda` to start a stack with, on free ports, and to end afterwards")
    said.add_argument("--api", help="where /api and /webhooks are")
    said.add_argument("--aws", help="AWS's endpoint; AWS itself if absent")
    said.add_argument("--simulator", help="where the providers' simulators are, at which charges are paid")
    said.add_argument("--post-webhooks", action="store_true", help="tell of money from here, as the provider's webhook")
    said.add_argument("--webhook-token", help="what the provider shows; else read from Secrets Manager")
    said.add_argument("--webhook-secret", default="comanda/{tenant}/asaas-webhook-token", help="the token's secret")
    said.add_argument("--webhook-route", default="{tenant}", help="the last part of the provider's webhook address")
    said.add_argument("--tenant", default="sabor-brasileiro")
    said.add_argument("--store", default="centro")
    said.add_argument("--store-queue", default="comanda-{tenant}-{store}.fifo")
    said.add_argument("--events-queue", default="comanda-events.fifo")
    said.add_argument("--region", default="sa-east-1")
    said.add_argument("--patience", type=float, default=60, help="seconds that each step may take")
    said.add_argument("up", nargs="*", help="after `--`: more words for `comanda up`")
    return said.parse_args()


def stack(command, words):
    """A stack's process, and where it is."""
    arguments = [command, "--json", "up", "--ephemeral", "--port", "0", "--aws-port", "0", *words]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    text = ""
    for line in process.stdout:
        text += line
        try:
            return process, json.loads(text)
        except json.JSONDecodeError:
            continue
    raise SystemExit("the stack did not come up")


def session(who, said):
    """Signs as who is in the environment; `POS_` before a name is for the POS alone."""
    names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
    keys = {name.lower(): os.environ[who + name] for name in names if who + name in os.environ}
    if not keys and who:
        return session("", said)
    if not keys and said.aws:
        # A local stack takes any.
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return boto3.Session(**keys)


class World:
    """What is deployed, as the world outside sees it."""

    def __init__(self, said):
        self.said = said
        made = {"endpoint_url": said.aws, "region_name": said.region, "config": Config(inject_host_prefix=False)}
        self.session = session("", said)
        pos = session("POS_", said)
        self.sqs = pos.client("sqs", **made)
        self.tokens = pos.client("stepfunctions", **made)
        self.sfn = self.session.client("stepfunctions", **made)
        self.secrets = self.session.client("secretsmanager", **made)
        self.store_queue = self.queue(said.store_queue)
        self.events_queue = self.queue(said.events_queue)
        self.token = None

    def named(self, pattern):
        return pattern.format(tenant=self.said.tenant, store=self.said.store)

    def queue(self, pattern):
        return self.sqs.get_queue_url(QueueName=self.named(pattern))["QueueUrl"]

    def api(self, method, path, body=None):
        """A call of the operator's API, signed where it is AWS that asks for a signature."""
        store = f"clientId={self.said.tenant}&storeId={self.said.store}"
        headers = {"content-type": "application/json"}
        url = f"{self.said.api}{path}?{store}"
        data = None if body is None else json.dumps(body)
        if not self.said.aws:
            request = AWSRequest(method, url, data=data, headers=headers)
            SigV4Auth(self.session.get_credentials(), "execute-api", self.said.region).add_auth(request)
            headers = dict(request.headers)
        return call(method, url, headers, data)

    def order(self, name):
        return self.api("GET", f"/api/orders/{name}")[1]["order"]

    def until(self, name, what, fits):
        """The order, once it has come to that."""
        end = time.monotonic() + self.said.patience
        while True:
            order = self.order(name)
            if order and fits(order):
                return order
            if time.monotonic() > end:
                raise SystemExit(f"error: the order does not come to that: {what}\n{json.dumps(order, indent=2)}")
            time.sleep(POLL_SECONDS)

    def webhook(self, event):
        """As the payment provider: what it tells unasked."""
        if self.token is None:
            secret = self.named(self.said.webhook_secret)
            read = self.secrets.get_secret_value
            self.token = self.said.webhook_token or read(SecretId=secret)["SecretString"]
        headers = {"content-type": "application/json", "asaas-access-token": self.token}
        url = f"{self.said.api}/webhooks/asaas/{self.named(self.said.webhook_route)}"
        status, answer = call("POST", url, headers, json.dumps(event))
        assert status == 200, (status, answer)
        return answer

    def money(self, order, event, **more):
        """Tells of the order's charge, once the provider says so too: it tells of nothing before, and we believe nothing else."""
        end = time.monotonic() + self.said.patience
        while time.monotonic() < end:
            answer = self.webhook({
                "id": f"evt_{uuid.uuid4().hex}",
                "event": event,
                "payment": {
                    "id": order["paymentId"],
                    "value": order["total"] / 100,
                    "billingType": BILLING[order["paymentMethod"]],
                    "externalReference": order["orderId"],
                    **more,
                },
            })
            if "parked" not in answer:
                return
            time.sleep(POLL_SECONDS)
        raise SystemExit(f"error: the provider does not confirm {event}")

    def pay(self, order):
        if self.said.simulator:
            url = f"{self.said.simulator}/asaas/control/payments/{order['orderId']}/pay"
            status, answer = call("POST", url, {"content-type": "application/json"}, "{}")
            assert status == 200, (status, answer)
        if self.said.post_webhooks:
            event = "RECEIVED" if order["paymentMethod"] == "PIX" else "CONFIRMED"
            self.money(order, f"PAYMENT_{event}", status=event)

    def pos_hears(self, order):
        """As the store's POS: what its queue says about this order."""
        end = time.monotonic() + self.said.patience
        while time.monotonic() < end:
            received = self.sqs.receive_message(QueueUrl=self.store_queue, WaitTimeSeconds=5, MaxNumberOfMessages=1)
            for message in received.get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.store_queue, ReceiptHandle=message["ReceiptHandle"])
                body = json.loads(message["Body"])
                if body["type"] == "REMOTE_ORDER_RECEIVED" and order["orderId"] in message["Body"]:
                    return body["data"]
        raise SystemExit("error: the store hears nothing of the order")

    def pos_answers(self, heard, decision):
        self.tokens.send_task_success(taskToken=heard["taskToken"], output=json.dumps(decision))

    def pos_reports(self, order, status):
        event = {
            "type": "ORDER_STATUS",
            "clientId": self.said.tenant,
            "storeId": self.said.store,
            "orderId": order["orderId"],
            "eventId": uuid.uuid4().hex,
            "status": status,
        }
        self.sqs.send_message(
            QueueUrl=self.events_queue,
            MessageBody=json.dumps(event),
            MessageGroupId=order["orderId"],
            MessageDeduplicationId=event["eventId"],
        )

    def told(self, order):
        """What the customer was told, by kind."""
        messages = self.api("GET", f"/api/orders/{order['orderId']}/messages")[1]["messages"]
        return {message["kind"]: message["state"] for message in messages}

    def until_told(self, order, kind):
        end = time.monotonic() + self.said.patience
        while self.told(order).get(kind) != "SENT":
            if time.monotonic() > end:
                raise SystemExit(f"error: the customer is not told {kind}: {self.told(order)}")
            time.sleep(POLL_SECONDS)

    def execution(self, order):
        """How the order's own workflow ended."""
        machines = self.sfn.get_paginator("list_state_machines").paginate()
        arns = [
            machine["stateMachineArn"]
            for page in machines
            for machine in page["stateMachines"]
            if machine["name"].endswith("order-lifecycle")
        ]
        assert len(arns) == 1, arns
        arn = arns[0].replace(":stateMachine:", ":execution:") + ":" + order["orderId"]
        end = time.monotonic() + self.said.patience
        while True:
            execution = self.sfn.describe_execution(executionArn=arn)
            if execution["status"] != "RUNNING" or time.monotonic() > end:
                return execution["status"]
            time.sleep(POLL_SECONDS)


def call(method, url, headers, data):
    """Status and JSON; a refusal is an answer."""
    request = urllib.request.Request(url, method=method, headers=headers, data=data and data.encode())
    # Not by the machine's proxy: what is called may be this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({} if "//127.0.0.1" in url else None))
    try:
        with opener.open(request, timeout=ANSWER_SECONDS) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refusal:
        text = refusal.read()
        try:
            return refusal.code, json.loads(text)
        except json.JSONDecodeError:
            return refusal.code, {"text": text.decode(errors="replace")}


def placed(world, example):
    """An order like the example, which waits for its payment. Placed twice it is the same order."""
    body = json.loads((EXAMPLES / example).read_text())
    checkout = f"scenario-{uuid.uuid4().hex}"
    body |= {"clientId": world.said.tenant, "storeId": world.said.store, "checkoutId": checkout}
    status, answer = world.api("POST", "/api/orders", body)
    assert status == 201, (status, answer)
    name = answer["order"]["orderId"]
    order = world.until(name, "it can be paid", lambda order: order.get("waitingFor") == "PAYMENT" and order.get("paymentId"))
    # Not at once: where a running execution refuses its own name, as MiniStack's do and AWS's do not, it would be taken for
    # one that ended without an order.
    status, again = world.api("POST", "/api/orders", body)
    assert status == 200 and again["order"]["orderId"] == name, (status, again)
    return order


def confirmed(world):
    order = placed(world, "pix-delivery.json")
    print(f"  {order['orderId']} is placed and waits for R$ {order['total'] / 100:.2f} by {order['paymentMethod']}")
    world.pay(order)
    heard = world.pos_hears(order)
    world.until(order["orderId"], "it is paid", lambda order: order.get("paymentStatus") == "PAID")
    print("  it is paid, and its store has it")
    world.pos_answers(heard, {"confirmed": {"readyInMinutes": 35}})
    world.until(order["orderId"], "it is confirmed", lambda order: order.get("status") == "CONFIRMED")
    world.until_told(order, "STATUS#CONFIRMED")
    print("  the store says yes by its token, and the customer is told")
    world.pos_reports(order, "PREPARING")
    world.until(order["orderId"], "it is being prepared", lambda order: order.get("status") == "PREPARING")
    world.until_told(order, "STATUS#PREPARING")
    print("  the store reports by the events queue, and the customer is told")
    assert world.execution(order) == "SUCCEEDED", world.execution(order)


def refunded(world):
    order = placed(world, "card-pickup.json")
    print(f"  {order['orderId']} is placed and waits for R$ {order['total'] / 100:.2f} by {order['paymentMethod']}")
    world.pay(order)
    heard = world.pos_hears(order)
    world.pos_answers(heard, {"rejected": {"reason": "sem ingredientes"}})
    print("  it is paid, and the store says no")
    if world.said.post_webhooks:
        world.until(order["orderId"], "its refund is asked", lambda order: order.get("paymentStatus") == "REFUNDING")
        done = [{"value": order["total"] / 100, "status": "DONE"}]
        world.money(order, "PAYMENT_REFUNDED", status="REFUNDED", refunds=done)
    order = world.until(order["orderId"], "it is refunded", lambda order: order.get("status") == "REFUNDED")
    world.until_told(order, "STATUS#REFUNDED")
    print("  the money went back, and the customer is told")
    assert world.execution(order) == "SUCCEEDED", world.execution(order)


def main():
    said = options()
    process = None
    try:
        if said.stack:
            process, facts = stack(said.stack, said.up)
            said.api, said.aws = facts["url"], facts["awsUrl"]
            said.simulator = f"{said.api}/simulators"
        if not said.api:
            raise SystemExit("error: where is the API? say --api URL, or --stack COMMAND")
        world = World(said)
        print("an order that is confirmed:")
        confirmed(world)
        print("an order that is refunded:")
        refunded(world)
    finally:
        if process:
            process.terminate()
            process.wait(timeout=30)


main()
