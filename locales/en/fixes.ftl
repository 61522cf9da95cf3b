# What the timeline says of follow-ups, in the language of the project.
fixes-said-item = Follow-up: { $item }
fixes-said-item-status = Follow-up “{ $item }”: { $status }

# Beside the text in the editor of a postmortem.
beside-title = Beside the text
beside-none = No past incident is like this text yet.
beside-similar = Find similar incidents
beside-checklist-typed = Computed from what is written here now. It advises; it keeps nobody from publishing.

# Figures: from the first search to an opened prior fix.
figures-searched-opened = From the first search to an opened prior fix
figures-searched-why = From when somebody of the project first saw past incidents while this one was open until the cause of an earlier one was opened. Noted once for an incident, without a person and without what was searched for.

# The page of an incident.
live-open-alike = Open now and alike; perhaps the same:
