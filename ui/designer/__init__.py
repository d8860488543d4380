"""UI: the designer - a procedure made and changed as cards, without a line of YAML.

`specs` says what each part of a definition can say, `editor` makes fields of it, `cards` the list of steps,
`values` reads back what was entered, `pages` are its addresses.
What a definition means it leaves to the domain.
"""

import ui.pages  # noqa: F401 - it lists the designer among the pages, which share names and forms with it
