people-last-owner = This is the project's only owner. Make somebody else its owner first; nothing was changed.
account-password-name = This password is little more than a name. Make it longer.
