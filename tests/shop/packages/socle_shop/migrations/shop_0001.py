"""Items and orders of the shop.

Revision ID: shop_0001
Revises: -
"""

from alembic import op

revision = "shop_0001"
down_revision = None
branch_labels = ("shop",)
depends_on = "0007"


def upgrade() -> None:
    """Apply."""
    op.execute(
        "create table shop_item (id uuid not null, stock integer not null, constraint pk_shop_item primary key (id),"
        " constraint ck_shop_item_stock check (stock >= 0))"
    )
    op.execute(
        "create table shop_order (id uuid not null, item uuid not null, quantity integer not null,"
        " payment uuid not null, state text not null default 'held', delivered integer not null default 0,"
        " constraint pk_shop_order primary key (id),"
        " constraint fk_shop_order_item foreign key (item) references shop_item (id),"
        " constraint fk_shop_order_payment foreign key (payment) references payment (id),"
        " constraint uq_shop_order_payment unique (payment),"
        " constraint ck_shop_order_quantity check (quantity > 0),"
        " constraint ck_shop_order_delivered check (delivered in (0, 1)),"
        " constraint ck_shop_order_state check (state in ('held', 'paid', 'released', 'refunded')))"
    )
    op.execute("create index ix_shop_order_item on shop_order (item)")


def downgrade() -> None:
    """Undo."""
    op.execute("drop table shop_order, shop_item")
