"""What the list of audit entries answers to. Entries are written by the kernel, in the transaction of what they
record; nothing writes them here."""

from core.primitives.page import Filter, FilterKind, Listing

LISTING = Listing(
    filters=(
        Filter("action"),
        Filter("user", FilterKind.ID),
        Filter("object_type"),
        Filter("date_range", FilterKind.DAYS, column="created_at"),
    ),
    search=("action", "object_type", "object_id", "path", "ip_address"),
    ordering=(
        "id",
        "action",
        "method",
        "path",
        "object_type",
        "object_id",
        "ip_address",
        "user_agent",
        "status_code",
        "user",
        "entreprise",
        "created_at",
    ),
)
