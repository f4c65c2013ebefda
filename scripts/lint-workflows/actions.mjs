// The actions that workflows may use, each at one commit. A tag can be moved to other code, a commit can't.

/** `known`: the newest version whose inputs the linter knows; those that we pass are the same in both. */
export const actions = {
  "actions/checkout": {
    commit: "de0fac2e4500dabe0009e67214ff5f5447ce83dd",
    version: "v6.0.2",
    known: "v4",
  },
  "actions/setup-node": {
    commit: "53b83947a5a98c8d113130e565377fae1a50d02f",
    version: "v6.3.0",
    known: "v4",
  },
  "actions/cache": {
    commit: "668228422ae6a00e4ad889ee87cd7109ec5666a7",
    version: "v5.0.4",
    known: "v4",
  },
  "actions/upload-artifact": {
    commit: "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    version: "v7.0.0",
    known: "v4",
  },
  "actions/download-artifact": {
    commit: "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    version: "v8.0.1",
    known: "v4",
  },
};

/** Problems of the `uses:` lines of a workflow's text. */
export function unpinned(text) {
  return uses(text).flatMap(({ line, reference, comment }) => {
    if (reference.startsWith("./")) return [];
    const [name, commit] = reference.split("@");
    const action = actions[name];
    if (!action) {
      return [{ line, message: `${name} is not in scripts/lint-workflows/actions.mjs` }];
    }
    if (commit === action.commit && comment === action.version) return [];
    return [{ line, message: `write ${name}@${action.commit} # ${action.version}` }];
  });
}

/** The text with versions that the linter knows: it looks inputs up by them. Lines stay where they are. */
export function withKnownVersions(text) {
  return Object.entries(actions).reduce(
    (known, [name, action]) =>
      known.replaceAll(`${name}@${action.commit}`, `${name}@${action.known}`),
    text,
  );
}

function uses(text) {
  return text.split("\n").flatMap((content, index) => {
    const [, reference, comment] =
      content.match(/^\s*(?:- )?uses:\s*(\S+)(?:\s+#\s*(\S+))?\s*$/) ?? [];
    return reference ? [{ line: index + 1, reference, comment }] : [];
  });
}
