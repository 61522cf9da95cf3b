# What the timeline says of follow-ups, in the language of the project.
fixes-said-item = Follow-up: { $item }
fixes-said-item-status = Follow-up “{ $item }”: { $status }

# Beside the text in the editor of a postmortem.
beside-title = Beside the text
beside-none = No past incident is like this text yet.
beside-similar = Find similar incidents
beside-checklist-typed = Computed from what is written here now. It advises; it keeps nobody from publishing.
