"""What can go wrong, as messages for people: what happened, to which file or setting, what to run.

QAError
├── LibraryMissing      no library where one was expected
├── LibraryBusy         another process is writing to it
├── LibraryReadOnly     the folder can't be written
├── LibraryUnreachable  the server of its ledger is down, or can't be connected to
├── LibraryTooNew       made by a newer version of this program
├── LibraryDamaged      the ledger itself can't be read (indexes are rebuilt instead)
├── IndexUnusable       an index is missing or damaged: built again from the ledger
├── VectorsDown         the server of the vectors doesn't answer, or refuses: words alone still find
├── ClusterFailed       a Ray cluster that can't be reached or used, or whose workers fail
├── ModelMissing        no such embedding model on this machine
├── ModelMismatch       the library was made with another embedding model
├── ArticleUnreadable   a file from which no article can be made; has `reason` and `remedy`
├── ArticleMissing      no article with that id
├── QuestionInvalid     an empty or overlong question
├── AnswerInvalid       a file that doesn't hold an answer
├── AnswerMissing       no kept answer with that id
├── ArchiveInvalid      a file that is no whole archive of a library
├── ArchiveUnwritten    an archive that can't be written there
├── LibraryNotEmpty     an import into a library that holds something
├── FeedbackInvalid     feedback that can't be given on that answer, or isn't there
├── WriterFailed        a language model that is down, slow or out of memory
└── SettingInvalid      a setting with a value that it can't have
"""

from __future__ import annotations

RESTORE = "restore that file from a backup, or move the folder away and add the articles again"  # of a damaged ledger


class QAError(Exception):
    """The base of all errors whose message is meant for the user."""


class LibraryMissing(QAError):
    """No library where one was expected."""


class LibraryBusy(QAError):
    """Another process is writing to the library."""


class LibraryReadOnly(QAError):
    """The library's folder can't be written."""


class LibraryUnreachable(QAError):
    """The server of the library's ledger is down, or can't be connected to."""


class LibraryTooNew(QAError):
    """The library was made by a newer version of this program."""


class LibraryDamaged(QAError):
    """The ledger itself can't be read."""


class IndexUnusable(QAError):
    """An index is missing, damaged or of another layout: build it again from the ledger."""


class VectorsDown(QAError):
    """The server that holds the vectors doesn't answer or refuses; questions are answered by words alone meanwhile."""


class ClusterFailed(QAError):
    """A Ray cluster that can't be reached or used, or whose workers fail; what was published stays."""


class ModelMissing(QAError):
    """No such embedding model on this machine."""


class ModelMismatch(QAError):
    """The library was made with another embedding model."""


class ArticleUnreadable(QAError):
    """A file from which no article can be made: `reason` says why, `remedy` what to do."""

    def __init__(self, source: str, reason: str, remedy: str) -> None:
        super().__init__(f"{source}: {reason}; {remedy}")
        self.source = source
        self.reason = reason
        self.remedy = remedy


class ArticleMissing(QAError):
    """No article with that id."""


class QuestionInvalid(QAError):
    """An empty or overlong question."""


class AnswerInvalid(QAError):
    """A file that doesn't hold an answer."""


class AnswerMissing(QAError):
    """No kept answer with that id."""


class ArchiveInvalid(QAError):
    """A file that is no whole archive of a library."""


class ArchiveUnwritten(QAError):
    """An archive that can't be written there."""


class LibraryNotEmpty(QAError):
    """An import into a library that holds something."""


class FeedbackInvalid(QAError):
    """Feedback that can't be given on that answer, or isn't there."""


class WriterFailed(QAError):
    """A language model that is down, slow or out of memory; quotations answer without it."""


class SettingInvalid(QAError):
    """A setting with a value that it can't have."""
