"""What a command ends with: 0 done, 1 the answer is no, else an error of a kind.

No: a plan refused or not to be checked, a fix that left something, a rehearsal with an alarm, a chain that didn't close.
With several plans the first error decides, and then a no. docs/plans.md says it for each plan command.
"""

from collections.abc import Mapping
from typing import Final

from rangeops.domain.errors import Kind

ANSWER_IS_NO: Final = 1

EXIT_CODE: Final[Mapping[Kind, int]] = {
    Kind.INVALID: 2,  # as for a wrong option
    Kind.REFUSED: 3,
    Kind.NOT_FOUND: 4,
    Kind.CONFLICT: 5,
    Kind.FORBIDDEN: 6,
    Kind.CODE_WANTED: 6,
    Kind.UNAVAILABLE: 7,
    Kind.DAMAGED: 8,
}
INTERRUPTED: Final = 130  # as shells say of Ctrl+C
