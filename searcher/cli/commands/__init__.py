"""The commands, each in a module that is loaded when the command is called."""
