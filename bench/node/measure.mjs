// Measures aws-local-stepfunctions: a task comes in on stdin as JSON, a rate or a refusal goes out on stdout.
// Tasks are answered by an override, which is this package's own way to do without AWS.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { StateMachine } from "aws-local-stepfunctions";

const { definition, input, output, concurrency, milliseconds, executionsMax } = JSON.parse(readFileSync(0, "utf8"));

async function measure() {
  const machine = new StateMachine(definition, { validationOptions: { checkArn: false } });
  const taskResourceLocalHandlers = Object.fromEntries(
    Object.entries(definition.States)
      .filter(([, state]) => state.Type === "Task")
      .map(([name]) => [name, () => output]),
  );
  const options = { overrides: { taskResourceLocalHandlers } };
  let done = 0;
  let left = executionsMax;
  const begun = performance.now();
  const worker = async () => {
    do {
      left -= 1;
      const result = await machine.run(input, options).result;
      if (!isDeepStrictEqual(result, output)) {
        throw new Error(`an execution gave ${JSON.stringify(result)}`);
      }
      done += 1;
    } while (left > 0 && performance.now() - begun < milliseconds);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { rate: (done * 1000) / (performance.now() - begun) };
}

measure()
  .catch((error) => ({ refused: String(error) }))
  .then((found) => console.log(JSON.stringify(found)));
