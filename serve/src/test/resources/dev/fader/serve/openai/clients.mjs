// Asks a server by clients that others wrote: node clients.mjs ADDRESS
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { z } from "zod";

const baseURL = process.argv[2] + "/v1";
const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
const model = "tiny";
const messages = [{ role: "user", content: "hi" }];
const Paint = z.object({ color: z.enum(["red", "blue"]), coats: z.union([z.literal(1), z.literal(2)]) });
const parameters = {
  type: "object",
  properties: { color: { type: "string", enum: ["red", "blue"] } },
  required: ["color"],
  additionalProperties: false,
};
const paint = { name: "paint", description: "Paints the house", strict: true, parameters };
const tools = [{ type: "function", function: paint }];
const named = { type: "function", function: { name: "paint" } };

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

async function fails(work, type, fields) {
  try {
    await work();
  } catch (failure) {
    holds(failure instanceof type, failure.constructor.name);
    for (const name in fields) holds(failure[name] === fields[name], `${name} is ${failure[name]}`);
    return;
  }
  holds(false, "no error");
}

const chat = (more) => client.chat.completions.create({ model, messages, max_tokens: 6, seed: 1, ...more });

await check("chat", async () => {
  const one = await chat();
  holds(one.choices[0].finish_reason === "length" && one.usage.completion_tokens === 6, JSON.stringify(one));
});
await check("chat stream", async () => {
  const whole = (await chat({ temperature: 0 })).choices[0].message.content;
  let text = "";
  for await (const chunk of await chat({ temperature: 0, stream: true })) text += chunk.choices[0].delta.content ?? "";
  holds(text === whole, text);
});
await check("chat stream helper", async () => {
  let pieces = 0;
  const options = { include_usage: true };
  const stream = client.chat.completions.stream({ model, messages, max_tokens: 6, stream_options: options });
  stream.on("content", () => pieces++);
  const all = await stream.finalChatCompletion();
  holds(pieces > 0 && all.usage.completion_tokens === 6, JSON.stringify(all));
});
await check("chat n", async () => holds((await chat({ n: 3 })).choices.length === 3, "three choices"));
await check("chat stop", async () => {
  const one = await chat({ grammar: 'root ::= "a-b"', stop: "-" });
  holds(one.choices[0].message.content === "a" && one.choices[0].finish_reason === "stop", JSON.stringify(one));
});
await check("chat logprobs", async () => {
  const one = await chat({ logprobs: true, top_logprobs: 2 });
  holds(one.choices[0].logprobs.content.length === 6, JSON.stringify(one));
});
await check("chat parse", async () => {
  const response_format = zodResponseFormat(Paint, "paint");
  const one = await client.chat.completions.parse({ model, messages, max_tokens: 200, response_format });
  holds(one.choices[0].message.parsed.coats > 0, JSON.stringify(one));
});
await check("chat stream parse", async () => {
  const response_format = zodResponseFormat(Paint, "paint");
  const stream = client.chat.completions.stream({ model, messages, max_tokens: 200, response_format });
  holds((await stream.finalChatCompletion()).choices[0].message.parsed.color, "a colour");
});
await check("chat tools", async () => {
  const one = await chat({ tools, tool_choice: "required", max_tokens: 300, parallel_tool_calls: false });
  holds(one.choices[0].finish_reason === "tool_calls", JSON.stringify(one));
  holds(JSON.parse(one.choices[0].message.tool_calls[0].function.arguments).color, "a colour");
});
await check("chat tools stream", async () => {
  let text = "";
  let reason;
  for await (const chunk of await chat({ tools, tool_choice: named, max_tokens: 300, stream: true })) {
    text += chunk.choices[0].delta.tool_calls?.[0].function.arguments ?? "";
    reason = chunk.choices[0].finish_reason;
  }
  holds(reason === "tool_calls" && JSON.parse(text).color, text);
});
await check("chat runTools", async () => {
  let called = 0;
  const tool = { ...paint, parse: JSON.parse, function: async () => "done " + ++called };
  const runner = client.chat.completions.runTools({
    model,
    messages,
    max_tokens: 300,
    tool_choice: named,
    tools: [{ type: "function", function: tool }],
  });
  await runner.done();
  holds(called === 1, called);
});
await check("completions", async () => {
  const one = await client.completions.create({ model, prompt: "the cat", max_tokens: 3, echo: true, logprobs: 1 });
  holds(one.choices[0].text.startsWith("the cat") && one.choices[0].logprobs.tokens.length > 3, JSON.stringify(one));
});
await check("completions stream", async () => {
  let reason;
  for await (const chunk of await client.completions.create({ model, prompt: "the", max_tokens: 3, stream: true })) {
    reason = chunk.choices[0].finish_reason;
  }
  holds(reason === "length", reason);
});
await check("embeddings", async () => {
  const coded = await client.embeddings.create({ model, input: ["a", "b"] });
  const plain = await client.embeddings.create({ model, input: "b", encoding_format: "float" });
  holds(Math.abs(coded.data[1].embedding[3] - plain.data[0].embedding[3]) < 1e-6, "the same numbers");
});
await check("models", async () => {
  holds((await client.models.list()).data[0].id === model, "listed");
  holds((await client.models.retrieve(model)).id === model, "found");
});
await check("errors", async () => {
  await fails(() => client.models.retrieve("other"), OpenAI.NotFoundError, { code: "model_not_found" });
  await fails(() => chat({ n: 99 }), OpenAI.BadRequestError, { param: "n", type: "invalid_request_error" });
  const long = [{ role: "user", content: "x".repeat(10000) }];
  await fails(() => chat({ messages: long }), OpenAI.BadRequestError, { code: "context_length_exceeded" });
});
const ask = (more) => client.responses.create({ model, input: "hi", max_output_tokens: 16, ...more });
await check("responses", async () => {
  const one = await ask();
  holds(one.status === "incomplete" && one.output_text.length > 0, JSON.stringify(one));
});
await check("responses stream", async () => {
  let number = 0;
  for await (const event of await ask({ stream: true })) holds(event.sequence_number === number++, number);
});
await check("responses stream helper", async () => {
  const text = { format: zodTextFormat(Paint, "paint") };
  const stream = client.responses.stream({ model, input: "hi", max_output_tokens: 200, text });
  holds((await stream.finalResponse()).output_parsed.color, "a colour");
});
await check("responses tools", async () => {
  const flat = [{ type: "function", ...paint }];
  const more = { tools: flat, max_output_tokens: 300 };
  const first = await ask({ ...more, tool_choice: "required", parallel_tool_calls: false });
  const call = first.output.find((item) => item.type === "function_call");
  const result = { type: "function_call_output", call_id: call.call_id, output: "done" };
  const second = await ask({ tools: flat, input: [...messages, ...first.output, result] });
  holds(second.usage.input_tokens > first.usage.input_tokens, JSON.stringify(second.usage));
});
await check("responses are not stored", () =>
  fails(() => ask({ previous_response_id: "r" }), OpenAI.BadRequestError, { param: "previous_response_id" }),
);

const provider = createOpenAICompatible({
  name: "fader",
  baseURL,
  apiKey: "none",
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const prompt = [{ role: "user", content: [{ type: "text", text: "hi" }] }];
const aiTools = [{ type: "function", name: "paint", description: "Paints the house", inputSchema: parameters }];
const generate = (more) => provider(model).doGenerate({ prompt, maxOutputTokens: 300, ...more });
const stream = async (more) => {
  const parts = [];
  const { stream } = await provider(model).doStream({ prompt, maxOutputTokens: 300, ...more });
  for await (const part of stream) parts.push(part);
  return parts;
};
await check("ai generate", async () => {
  const one = await generate({ maxOutputTokens: 5 });
  holds(one.usage.outputTokens.total === 5 && one.finishReason.unified === "length", JSON.stringify(one.usage));
});
await check("ai stream", async () => {
  const parts = await stream({ maxOutputTokens: 5 });
  holds(parts.at(-1).usage.outputTokens.total === 5, JSON.stringify(parts.at(-1)));
});
await check("ai object", async () => {
  const one = await generate({ responseFormat: { type: "json", name: "paint", schema: parameters } });
  holds(JSON.parse(one.content[0].text).color, JSON.stringify(one.content));
});
await check("ai tools", async () => {
  const one = await generate({ tools: aiTools, toolChoice: { type: "required" } });
  const call = one.content.find((part) => part.type === "tool-call");
  holds(call.toolName === "paint" && JSON.parse(call.input).color, JSON.stringify(one.content));
});
await check("ai tools stream", async () => {
  const parts = await stream({ tools: aiTools, toolChoice: { type: "tool", toolName: "paint" } });
  holds(parts.at(-1).finishReason.unified === "tool-calls", JSON.stringify(parts.at(-1)));
});
await check("ai completion", async () => {
  const one = await provider.completionModel(model).doGenerate({ prompt, maxOutputTokens: 3 });
  holds(one.content[0].text.length > 0, JSON.stringify(one.content));
});
await check("ai embed", async () => {
  const one = await provider.embeddingModel(model).doEmbed({ values: ["a", "b"] });
  holds(one.embeddings.length === 2 && one.usage.tokens > 0, JSON.stringify(one.usage));
});
await check("ai error", async () => {
  await fails(() => generate({ temperature: 9 }), Error, { statusCode: 400 });
});

console.log(`${calls} checks, ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
