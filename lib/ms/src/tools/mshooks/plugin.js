// ms: what opencode asks and does, told to msmark (mshooks remove AGENT takes this file away).
import { spawn } from "node:child_process"

const events = new Set([
  EVENTS
])

// One after the other: what was told last counts. It never fails, whatever is installed here.
let told = Promise.resolve()
const tell = (event) => {
  told = told.then(
    () =>
      new Promise((done) => {
        const child = spawn("msmark", ["--hook", "AGENT"], { stdio: ["pipe", "ignore", "ignore"] })
        child.on("error", done)
        child.on("close", done)
        child.stdin.on("error", () => {})
        child.stdin.end(JSON.stringify(event))
      }),
  )
}

export const Ms = async () => {
  if (!process.env.MS_SESSION) return {}
  const inner = new Set()
  const ours = new Set()
  let answer = ""
  return {
    event: async ({ event }) => {
      const { type, properties = {} } = event
      const info = properties.info ?? {}
      // A session that another one began is a part of that one's work.
      if (type.startsWith("session.") && info.id && info.parentID) inner.add(info.id)
      if (type === "message.updated" && info.role === "assistant" && !inner.has(info.sessionID)) ours.add(info.id)
      const part = properties.part
      if (type === "message.part.updated" && part?.type === "text" && ours.has(part.messageID)) answer = part.text
      if (!events.has(type)) return
      const asks = type.endsWith(".asked")
      if (!asks && inner.has(properties.sessionID)) return
      tell({
        hook_event_name: type,
        source: properties.status?.type,
        tool_name: properties.permission,
        tool_input: asks
          ? { patterns: properties.patterns, questions: properties.questions, ...properties.metadata }
          : undefined,
        last_assistant_message: type === "session.idle" ? answer : undefined,
      })
    },
  }
}
