// Asks a server by Anthropic's client: node client.mjs ADDRESS
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: process.argv[2], apiKey: "none", maxRetries: 0 });
const model = "tiny";
const messages = [{ role: "user", content: "hi" }];
const schema = {
  type: "object",
  properties: { color: { type: "string", enum: ["red", "blue"] } },
  required: ["color"],
  additionalProperties: false,
};
const tools = [{ name: "paint", description: "Paints the house", input_schema: schema }];
const paint = { type: "tool", name: "paint" };

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

async function refused(work, type, text) {
  try {
    await work();
  } catch (failure) {
    holds(failure instanceof type, failure.constructor.name);
    holds(failure.message.includes(text), failure.message);
    return;
  }
  holds(false, "no error");
}

const create = (more) => client.messages.create({ model, messages, max_tokens: 6, seed: 1, ...more });
const cold = { temperature: 0 };

await check("message", async () => {
  const one = await create();
  holds(one.stop_reason === "max_tokens" && one.usage.output_tokens === 6, JSON.stringify(one));
  holds(one.content[0].type === "text" && one.role === "assistant", JSON.stringify(one));
});
await check("system as text", () => create({ system: "Be kind." }));
await check("system as blocks", () =>
  create({ system: [{ type: "text", text: "Be kind.", cache_control: { type: "ephemeral" } }] }));
await check("content as blocks", () =>
  create({ messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }] }));
await check("stream of events", async () => {
  const kinds = new Set();
  for await (const event of await create({ stream: true })) kinds.add(event.type);
  holds(kinds.has("message_start") && kinds.has("message_stop"), [...kinds].join());
});
await check("stream helper", async () => {
  const whole = (await create(cold)).content[0].text;
  let told = "";
  const stream = client.messages.stream({ model, messages, max_tokens: 6, seed: 1, ...cold });
  stream.on("text", (text) => (told += text));
  const last = await stream.finalMessage();
  holds(told === whole && last.content[0].text === whole, told);
  holds(last.usage.output_tokens === 6, JSON.stringify(last.usage));
});
await check("final text", async () => {
  const stream = client.messages.stream({ model, messages, max_tokens: 3 });
  holds((await stream.finalText()).length > 0, "text");
});
await check("forced call", async () => {
  const one = await create({ tools, tool_choice: paint, max_tokens: 200 });
  holds(one.stop_reason === "tool_use", one.stop_reason);
  holds(["red", "blue"].includes(one.content[0].input.color), JSON.stringify(one.content));
});
await check("forced call in a stream", async () => {
  const stream = client.messages.stream({ model, messages, tools, tool_choice: paint, max_tokens: 200 });
  let json = "";
  stream.on("inputJson", (piece) => (json += piece));
  const one = await stream.finalMessage();
  holds(JSON.parse(json).color === one.content[0].input.color, json);
});
await check("any tool", async () => {
  const choice = { type: "any", disable_parallel_tool_use: true };
  const one = await create({ tools, tool_choice: choice, max_tokens: 200 });
  holds(one.content.length === 1 && one.content[0].name === "paint", JSON.stringify(one.content));
});
await check("no tool", async () => {
  const one = await create({ tools, tool_choice: { type: "none" } });
  holds(one.content[0].type === "text", JSON.stringify(one.content));
});
await check("call cut off", async () => {
  const one = await create({ tools, tool_choice: paint, max_tokens: 4 });
  holds(one.stop_reason === "max_tokens", one.stop_reason);
});
await check("result of a tool", () =>
  create({
    tools,
    messages: [
      ...messages,
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "paint", input: { color: "red" } }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "done" }], is_error: false },
          { type: "text", text: "and now?" },
        ],
      },
    ],
  }));
await check("structured output", async () => {
  const one = await create({ max_tokens: 200, output_config: { format: { type: "json_schema", schema } } });
  holds(["red", "blue"].includes(JSON.parse(one.content[0].text).color), JSON.stringify(one.content));
});
await check("assistant continued", () =>
  create({ messages: [...messages, { role: "assistant", content: "The cat" }] }));
await check("stop sequence", async () => {
  const text = (await create({ ...cold, max_tokens: 12 })).content[0].text;
  const stop = text[Math.floor(text.length / 2)];
  const one = await create({ ...cold, max_tokens: 12, stop_sequences: [stop] });
  holds(one.stop_reason === "stop_sequence" && one.stop_sequence === stop, JSON.stringify(one));
});
await check("thinking off", () => create({ thinking: { type: "disabled" } }));
await check("count", async () => {
  const counted = await client.messages.countTokens({ model, messages });
  const usage = (await create()).usage;
  holds(counted.input_tokens === usage.input_tokens + usage.cache_read_input_tokens, counted.input_tokens);
});
await check("wrong temperature", () =>
  refused(() => create({ temperature: 3 }), Anthropic.BadRequestError, "`temperature` is 3"));
await check("too long", () =>
  refused(
    () => create({ messages: [{ role: "user", content: "cat ".repeat(3000) }] }),
    Anthropic.BadRequestError,
    "2048",
  ));
await check("image", () =>
  refused(
    () =>
      create({ messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: "x" } }] }] }),
    Anthropic.BadRequestError,
    "leave image out",
  ));
await check("not there", () => refused(() => client.messages.batches.list(), Anthropic.NotFoundError, "there is no"));

console.log(`${calls} calls, ${failures} failures`);
process.exit(failures === 0 && calls >= 20 ? 0 : 1);
