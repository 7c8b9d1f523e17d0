// For ~/.config/opencode/plugins/ms.js: opencode loads every file of that directory.
export const Ms = async ({ $ }) => {
  const mark = (...words) => $`msmark -q ${words}`.quiet().nothrow()
  return {
    event: async ({ event }) => {
      switch (event.type) {
        case "session.idle":
          return mark("waiting", "-k", "turn")
        case "permission.updated":
        case "permission.asked":
          return mark("waiting", "-k", "permission")
        case "permission.replied":
          return mark("processing")
      }
    },
    "chat.message": async () => mark("processing"),
  }
}
