# What the timeline says of follow-ups, in the language of the project.
fixes-said-item = Follow-up: { $item }
fixes-said-item-status = Follow-up “{ $item }”: { $status }
