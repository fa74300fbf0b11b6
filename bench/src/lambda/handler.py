"""A small function as one writes it in Python: each message of the queue becomes a row, by boto3.

It asks the Runtime API by itself, with less than AWS's own client does.
"""

import datetime
import hashlib
import http.client
import json
import os
import socket

import boto3

dynamodb = boto3.client("dynamodb")


def handle(event):
    failed = []
    for record in event["Records"]:
        digest = hashlib.sha256(record["body"].encode()).hexdigest()
        row = {
            "source": {"S": "python#pos"},
            "eventId": {"S": f"body-{digest[:32]}"},
            "reason": {"S": "the message is not one that we know"},
            "parkedAt": {"S": datetime.datetime.now(datetime.timezone.utc).isoformat()},
        }
        try:
            dynamodb.put_item(
                TableName="WhatsAppBotParkedEvents",
                Item=row,
                ConditionExpression="attribute_not_exists(eventId)",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            pass
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def main():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.connect()
    # It sends head and body apart, and would wait for the first to be acknowledged.
    api.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        api.request("GET", "/2018-06-01/runtime/invocation/next")
        handed = api.getresponse()
        request_id = handed.headers["Lambda-Runtime-Aws-Request-Id"]
        answer = json.dumps(handle(json.loads(handed.read())))
        api.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", answer)
        api.getresponse().read()


main()
