// Asks a server by Ollama's client: node client.mjs ADDRESS
import { Ollama } from "ollama";

const client = new Ollama({ host: process.argv[2] });
const model = "tiny";
const messages = [{ role: "user", content: "hi" }];
const options = { num_predict: 6, temperature: 0, seed: 1 };
const schema = {
  type: "object",
  properties: { color: { type: "string", enum: ["red", "blue"] } },
  required: ["color"],
};
const tools = [
  { type: "function", function: { name: "paint", description: "Paints the house", parameters: schema } },
];

let calls = 0;
let failures = 0;

function holds(condition, what) {
  if (!condition) throw new Error("does not hold: " + what);
}

async function check(name, work) {
  calls++;
  try {
    await work();
  } catch (failure) {
    failures++;
    console.log(`FAILED ${name}: ${failure?.stack ?? failure}`);
  }
}

async function refused(work, text) {
  try {
    await work();
  } catch (failure) {
    holds(failure.message.includes(text), failure.message);
    return;
  }
  holds(false, "no error");
}

const chat = (more) => client.chat({ model, messages, options, ...more });
const generate = (more) => client.generate({ model, prompt: "hi", options, ...more });

await check("chat", async () => {
  const one = await chat();
  holds(one.done && one.done_reason === "length" && one.eval_count === 6, JSON.stringify(one));
  holds(one.message.role === "assistant" && one.message.content.length > 0, JSON.stringify(one));
});
await check("chat stream", async () => {
  const whole = (await chat()).message.content;
  let text = "";
  let last;
  for await (const part of await chat({ stream: true })) {
    text += part.message.content;
    last = part;
  }
  holds(text === whole && last.done, text);
});
await check("durations", async () => {
  const one = await chat();
  holds(one.total_duration >= one.eval_duration && one.prompt_eval_count > 0, JSON.stringify(one));
});
await check("system", () => chat({ messages: [{ role: "system", content: "Be kind." }, ...messages] }));
await check("schema", async () => {
  const one = await chat({ format: schema, options: { ...options, num_predict: 100 } });
  holds(["red", "blue"].includes(JSON.parse(one.message.content).color), one.message.content);
});
await check("tools", async () => {
  const one = await chat({ tools });
  holds(one.prompt_eval_count > (await chat()).prompt_eval_count, "shown");
});
await check("result of a tool", () =>
  chat({
    tools,
    messages: [
      ...messages,
      { role: "assistant", content: "", tool_calls: [{ function: { name: "paint", arguments: { color: "red" } } }] },
      { role: "tool", tool_name: "paint", content: "done" },
    ],
  }));
await check("think", () => chat({ think: false }));
await check("assistant continued", () => chat({ messages: [...messages, { role: "assistant", content: "The" }] }));
await check("generate", async () => holds((await generate()).response.length > 0, "text"));
await check("generate stream", async () => {
  const whole = (await generate()).response;
  let text = "";
  for await (const part of await generate({ stream: true })) text += part.response;
  holds(text === whole, text);
});
await check("raw", async () => {
  const raw = await generate({ raw: true });
  holds(raw.prompt_eval_count < (await generate()).prompt_eval_count, "no template");
});
await check("generate with a system", () => generate({ system: "Be kind." }));
await check("generate json", async () => {
  const one = await generate({ format: schema, options: { ...options, num_predict: 100 } });
  holds(JSON.parse(one.response).color !== undefined, one.response);
});
await check("stop", async () => {
  const text = (await generate()).response;
  const stop = text[Math.floor(text.length / 2)];
  holds(!(await generate({ options: { ...options, stop: [stop] } })).response.includes(stop), stop);
});
await check("load", async () => holds((await client.generate({ model, prompt: "" })).done, "loaded"));
await check("embed", async () => {
  const one = await client.embed({ model, input: ["the cat", "a mat"] });
  holds(one.embeddings.length === 2 && one.embeddings[0].length === 32, one.embeddings.length);
});
await check("embeddings", async () =>
  holds((await client.embeddings({ model, prompt: "the cat" })).embedding.length === 32, "width"));
await check("list", async () => holds((await client.list()).models[0].name === model, "name"));
await check("show", async () => holds((await client.show({ model })).capabilities.includes("tools"), "tools"));
await check("ps", async () => holds((await client.ps()).models.length === 1, "one"));
await check("abort", async () => {
  const stream = await chat({ stream: true, options: { ...options, num_predict: -1 } });
  try {
    for await (const _ of stream) stream.abort();
  } catch (failure) {
    holds(failure.name === "AbortError", failure.name);
  }
});
await check("wrong option", () =>
  refused(() => chat({ options: { temperature: 5 } }), "`options.temperature` is 5"));
await check("image", () =>
  refused(() => chat({ messages: [{ role: "user", content: "hi", images: ["aGk="] }] }), "leave images out"));
await check("not there", () => refused(() => client.delete({ model }), "there is no"));

console.log(`${calls} calls, ${failures} failures`);
process.exit(failures === 0 && calls >= 20 ? 0 : 1);
