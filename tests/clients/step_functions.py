"""boto3 against a running stack: what clients in other languages expect of the Step Functions API.

Starts a stack of its own on free ports (`comanda up --ephemeral`, given as the one argument), and ends it. What the Rust
SDK's tests under `local/tests` already say is not said again here: this is about botocore's own reading of the wire:
its typed exceptions, its paginators, its checks of every answer's shape.
"""

import json
import subprocess
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/anyone"


def stack(command):
    """The process, and where its AWS port is."""
    arguments = [command, "--json", "up", "--ephemeral", "--port", "0", "--aws-port", "0"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    text = ""
    for line in process.stdout:
        text += line
        try:
            return process, json.loads(text)["awsUrl"]
        except json.JSONDecodeError:
            continue
    raise SystemExit("the stack did not come up")


def client(url):
    # `StartSyncExecution` and `TestState` go to a host with `sync-` before it, which no loopback address has.
    config = Config(inject_host_prefix=False, retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return boto3.client("stepfunctions", endpoint_url=url, region_name="sa-east-1", config=config, **keys)


def refused(error, message, call, **request):
    """That a call is refused with a typed exception and these words."""
    try:
        call(**request)
    except ClientError as refusal:
        told = refusal.response["Error"]
        assert type(refusal).__name__ in (error, "ClientError"), refusal
        assert (told["Code"], told["Message"]) == (error, message), told
        return
    raise AssertionError(f"{error} did not come")


def machine(sfn, name, states, start, **more):
    definition = json.dumps({"StartAt": start, "States": states})
    return sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE, **more)


def ended(sfn, arn):
    for _ in range(500):
        told = sfn.describe_execution(executionArn=arn)
        if told["status"] != "RUNNING":
            return told
    raise AssertionError(f"{arn} does not end")


def machines(sfn):
    say = {"Say": {"Type": "Pass", "Result": "one", "End": True}}
    made = machine(sfn, "greeter", say, "Say", publish=True, versionDescription="first", tags=[{"key": "a", "value": "1"}])
    arn, first = made["stateMachineArn"], made["stateMachineVersionArn"]
    assert first == f"{arn}:1"
    again = machine(sfn, "greeter", say, "Say", publish=True, versionDescription="first")
    assert again["creationDate"] == made["creationDate"]
    refused(
        "ValidationException",
        "Version description can only be set when publish is true",
        sfn.create_state_machine, name="x", definition="{}", roleArn=ROLE, versionDescription="d",
    )
    refused("InvalidName", "Invalid Name: 'a b'", sfn.create_state_machine, name="a b", definition="{}", roleArn=ROLE)
    say["Say"]["Result"] = "two"
    definition = json.dumps({"StartAt": "Say", "States": say})
    second = sfn.update_state_machine(stateMachineArn=arn, definition=definition, publish=True)["stateMachineVersionArn"]
    routes = [{"stateMachineVersionArn": first, "weight": 30}, {"stateMachineVersionArn": second, "weight": 70}]
    live = sfn.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    assert sfn.describe_state_machine_alias(stateMachineAliasArn=live)["routingConfiguration"] == routes
    listed = sfn.list_state_machine_aliases(stateMachineArn=first)["stateMachineAliases"]
    assert [alias["stateMachineAliasArn"] for alias in listed] == [live]
    refused(
        "ConflictException",
        "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [live]",
        sfn.delete_state_machine_version, stateMachineVersionArn=first,
    )
    without = sfn.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")
    assert without["definition"] == "{}"
    sfn.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": "2"}])
    sfn.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    outputs = set()
    for number in range(40):
        execution = sfn.start_execution(stateMachineArn=live, name=f"e{number}")["executionArn"]
        told = ended(sfn, execution)
        assert told["stateMachineAliasArn"] == live
        outputs.add(told["output"])
    assert outputs == {'"one"', '"two"'}, outputs
    return arn


def lists(sfn, arn):
    pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=arn, PaginationConfig={"PageSize": 7})
    names = [item["name"] for page in pages for item in page["executions"]]
    assert sorted(names) == sorted(f"e{number}" for number in range(40)), names
    token = sfn.list_executions(stateMachineArn=arn, maxResults=5)["nextToken"]
    refused("InvalidToken", "Invalid Token: 'Invalid token'", sfn.list_state_machines, nextToken=token)
    refused(
        "ValidationException",
        "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
        sfn.list_executions, stateMachineArn=arn, maxResults=1001,
    )
    execution = sfn.list_executions(stateMachineArn=arn)["executions"][0]["executionArn"]
    pages = sfn.get_paginator("get_execution_history").paginate(
        executionArn=execution, reverseOrder=True, includeExecutionData=False, PaginationConfig={"PageSize": 3}
    )
    events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == [4, 3, 2, 1]
    assert all("output" not in event.get("stateExitedEventDetails", {}) for event in events)
    missing = arn.replace(":stateMachine:", ":execution:") + ":nobody"
    refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{missing}'", sfn.describe_execution, executionArn=missing)


def activities(sfn):
    activity = sfn.create_activity(name="work", tags=[{"key": "a", "value": "1"}])["activityArn"]
    states = {"Before": {"Type": "Pass", "Next": "Work"}, "Work": {"Type": "Task", "Resource": activity, "End": True}}
    arn = machine(sfn, "worker", states, "Before")["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=arn, input='{"n": 1}')["executionArn"]
    first = sfn.get_activity_task(activityArn=activity, workerName="w")
    assert json.loads(first["input"]) == {"n": 1}
    sfn.send_task_heartbeat(taskToken=first["taskToken"])
    sfn.send_task_failure(taskToken=first["taskToken"], error="No", cause="why")
    told = ended(sfn, execution)
    assert (told["status"], told["error"], told["redriveStatus"]) == ("FAILED", "No", "REDRIVABLE"), told
    sfn.redrive_execution(executionArn=execution)
    refused(
        "ExecutionNotRedrivable",
        f"Execution Not Redrivable: '{execution}: Execution is RUNNING and cannot be redriven'",
        sfn.redrive_execution, executionArn=execution,
    )
    second = sfn.get_activity_task(activityArn=activity)
    refused("InvalidOutput", "Invalid Output: 'Unrecognized token 'no': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')'", sfn.send_task_success, taskToken=second["taskToken"], output="no")
    sfn.send_task_success(taskToken=second["taskToken"], output='"done"')
    told = ended(sfn, execution)
    assert (told["status"], told["output"], told["redriveCount"]) == ("SUCCEEDED", '"done"', 1), told
    refused(
        "TaskTimedOut",
        "Task Timed Out: 'Provided task does not exist anymore'",
        sfn.send_task_success, taskToken=first["taskToken"], output="1",
    )
    refused("InvalidToken", "Invalid Token: 'Invalid token'", sfn.send_task_heartbeat, taskToken="nobody's")
    events = sfn.get_execution_history(executionArn=execution)["events"]
    kinds = [event["type"] for event in events]
    assert kinds.count("PassStateEntered") == 1 and kinds.count("ExecutionRedriven") == 1, kinds


def map_runs(sfn):
    each = {
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Say",
            "States": {"Say": {"Type": "Pass", "End": True}},
        },
        "End": True,
    }
    arn = machine(sfn, "mapper", {"Each": each}, "Each")["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=arn, input="[1, 2, 3]")["executionArn"]
    assert ended(sfn, execution)["output"] == "[1,2,3]"
    run = sfn.list_map_runs(executionArn=execution)["mapRuns"][0]["mapRunArn"]
    told = sfn.describe_map_run(mapRunArn=run)
    assert (told["status"], told["itemCounts"]["succeeded"]) == ("SUCCEEDED", 3), told
    children = sfn.list_executions(mapRunArn=run, statusFilter="SUCCEEDED")["executions"]
    assert len(children) == 3 and all(child["mapRunArn"] == run for child in children), children
    child = sfn.describe_execution(executionArn=children[0]["executionArn"])
    assert child["input"] == child["output"], child
    refused(
        "ValidationException",
        "Map Run is already completed",
        sfn.update_map_run, mapRunArn=run, maxConcurrency=1,
    )


def synchronous(sfn):
    states = {"Say": {"Type": "Pass", "End": True}}
    arn = machine(sfn, "quick", states, "Say", type="EXPRESS")["stateMachineArn"]
    told = sfn.start_sync_execution(stateMachineArn=arn, input='{"a": 1}', traceHeader="Root=1")
    assert (told["status"], json.loads(told["output"]), told["traceHeader"]) == ("SUCCEEDED", {"a": 1}, "Root=1")
    without = sfn.start_sync_execution(stateMachineArn=arn, includedData="METADATA_ONLY")
    assert "output" not in without and without["outputDetails"] == {"included": False}, without
    state = {"Type": "Pass", "Parameters": {"b.$": "$.a"}, "ResultPath": "$.c", "Next": "Later"}
    tested = sfn.test_state(definition=json.dumps(state), input='{"a": 1}', inspectionLevel="DEBUG")
    assert (tested["status"], tested["nextState"]) == ("SUCCEEDED", "Later"), tested
    assert json.loads(tested["output"]) == {"a": 1, "c": {"b": 1}}, tested
    assert json.loads(tested["inspectionData"]["afterParameters"]) == {"b": 1}, tested
    validated = sfn.validate_state_machine_definition(definition='{"StartAt": "A", "States": {"A": {"Type": "Pass"}}}')
    assert validated["result"] == "FAIL" and validated["diagnostics"], validated


def main():
    process, url = stack(sys.argv[1])
    try:
        sfn = client(url)
        arn = machines(sfn)
        lists(sfn, arn)
        activities(sfn)
        map_runs(sfn)
        synchronous(sfn)
    finally:
        process.terminate()
        process.wait(timeout=30)
    print("boto3 notices nothing")


main()
