"""Payments: intents, attempts, refunds, callbacks and the ledger.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REASONS = (
    "'insufficient_funds', 'payer_not_found', 'declined_by_payer', 'timeout', 'limit_reached', 'duplicate_reference',"
    " 'operator_unavailable', 'invalid_credentials', 'invalid_amount', 'not_allowed', 'unspecified'"
)

PAYMENTS = f"""
create table payment (
    id uuid not null,
    number bigint generated always as identity,
    account_id uuid constraint fk_payment_account_id references account (id),
    order_type text not null,
    order_key text not null,
    gateway text not null,
    amount numeric(14, 2) not null,
    currency text not null,
    commission numeric(14, 2) not null,
    payee text,
    payer text,
    description text not null,
    locale text not null,
    return_url text not null,
    cancel_url text not null,
    state text not null default 'pending',
    reason text,
    honoured uuid,
    refunded numeric(14, 2) not null default 0,
    settled_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint pk_payment primary key (id),
    constraint uq_payment_number unique (number),
    constraint ck_payment_amount check (amount > 0 and amount < 1e12),
    constraint ck_payment_commission check (commission >= 0 and commission <= amount),
    constraint ck_payment_refunded check (refunded >= 0 and refunded <= amount),
    constraint ck_payment_state check (
        state in ('pending', 'succeeded', 'failed', 'cancelled', 'expired', 'refunded', 'partially_refunded')
    ),
    constraint ck_payment_reason check (reason in ({REASONS})),
    constraint ck_payment_honoured check (
        (honoured is not null) = (state in ('succeeded', 'refunded', 'partially_refunded'))
    )
);
create index ix_payment_account_id on payment (account_id, created_at desc, id desc);
create index ix_payment_order on payment (order_type, order_key);
create index ix_payment_state on payment (state, created_at desc);
create index ix_payment_honoured on payment (honoured, id);

create table payment_attempt (
    id uuid not null,
    payment_id uuid not null constraint fk_payment_attempt_payment_id references payment (id),
    position integer not null,
    gateway text not null,
    amount numeric(14, 2) not null,
    currency text not null,
    payer text,
    state text not null,
    reason text,
    code text not null default '',
    operator_reference text,
    handles jsonb not null default '{{}}',
    action_url text,
    captured boolean not null default false,
    refund_held numeric(14, 2) not null default 0,
    escalated text,
    looks integer not null default 0,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    lease_ends_at timestamptz,
    window_ends_at timestamptz,
    watch_until timestamptz,
    next_look_at timestamptz,
    constraint pk_payment_attempt primary key (id),
    constraint uq_payment_attempt_payment_id_position unique (payment_id, position),
    constraint uq_payment_attempt_id_payment_id unique (id, payment_id),
    constraint ck_payment_attempt_amount check (amount > 0 and amount < 1e12),
    constraint ck_payment_attempt_refund_held check (
        refund_held >= 0 and refund_held <= case when captured then amount else 0 end
    ),
    constraint ck_payment_attempt_captured check (captured = (state = 'succeeded')),
    constraint ck_payment_attempt_state check (
        state in ('reserved', 'sending', 'pending', 'unknown', 'lost', 'succeeded', 'failed', 'cancelled', 'expired')
    ),
    constraint ck_payment_attempt_reason check (reason in ({REASONS}))
);
create unique index uq_payment_attempt_open on payment_attempt (payment_id)
    where state in ('reserved', 'sending', 'pending', 'unknown');
create index ix_payment_attempt_next_look_at on payment_attempt (next_look_at) where next_look_at is not null;
create index ix_payment_attempt_operator_reference on payment_attempt (gateway, operator_reference)
    where operator_reference is not null;
create index ix_payment_attempt_handles on payment_attempt using gin (handles jsonb_path_ops);
create index ix_payment_attempt_escalated on payment_attempt (id) where escalated is not null;
alter table payment add constraint fk_payment_honoured
    foreign key (honoured, id) references payment_attempt (id, payment_id);

create table refund (
    id uuid not null,
    number bigint generated always as identity,
    payment_id uuid not null constraint fk_refund_payment_id references payment (id),
    attempt_id uuid not null,
    gateway text not null,
    amount numeric(14, 2) not null,
    currency text not null,
    cause text not null,
    description text not null,
    state text not null,
    reason text,
    code text not null default '',
    payee text,
    requested_by uuid constraint fk_refund_requested_by references account (id),
    decided_by uuid constraint fk_refund_decided_by references account (id),
    operator_reference text,
    handles jsonb not null default '{{}}',
    escalated text,
    looks integer not null default 0,
    created_at timestamptz not null default now(),
    decided_at timestamptz,
    sent_at timestamptz,
    lease_ends_at timestamptz,
    next_look_at timestamptz,
    done_at timestamptz,
    constraint pk_refund primary key (id),
    constraint uq_refund_number unique (number),
    constraint fk_refund_attempt_id foreign key (attempt_id, payment_id) references payment_attempt (id, payment_id),
    constraint ck_refund_amount check (amount > 0 and amount < 1e12),
    constraint ck_refund_cause check (cause in ('cancelled', 'requested', 'duplicate', 'error', 'other', 'late')),
    constraint ck_refund_state check (
        state in ('requested', 'rejected', 'approved', 'sending', 'pending', 'unknown', 'manual', 'done', 'failed')
    ),
    constraint ck_refund_done_at check ((done_at is not null) = (state = 'done')),
    constraint ck_refund_reason check (reason in ({REASONS}))
);
create index ix_refund_payment_id on refund (payment_id, created_at);
create index ix_refund_attempt_id on refund (attempt_id, payment_id);
create index ix_refund_requested_by on refund (requested_by);
create index ix_refund_decided_by on refund (decided_by);
create index ix_refund_next_look_at on refund (next_look_at) where next_look_at is not null;
create index ix_refund_state on refund (state, created_at desc);

create table payment_callback (
    id uuid not null,
    gateway text not null,
    operation_id uuid,
    digest bytea not null,
    verdict text not null,
    method text not null,
    body bytea not null,
    times integer not null default 1,
    received_at timestamptz not null default now(),
    constraint pk_payment_callback primary key (id),
    constraint ck_payment_callback_verdict check (verdict in ('hint', 'forged', 'unreadable', 'unknown'))
);
create unique index uq_payment_callback_digest on payment_callback (gateway, operation_id, digest) nulls not distinct;
create index ix_payment_callback_received_at on payment_callback (received_at);
"""

LEDGER = """
create table ledger_transaction (
    id uuid not null,
    key text not null,
    movement text not null,
    currency text not null,
    payment_id uuid not null constraint fk_ledger_transaction_payment_id references payment (id),
    attempt_id uuid not null constraint fk_ledger_transaction_attempt_id references payment_attempt (id),
    refund_id uuid constraint fk_ledger_transaction_refund_id references refund (id),
    posted_at timestamptz not null default now(),
    constraint pk_ledger_transaction primary key (id),
    constraint uq_ledger_transaction_key unique (key),
    constraint ck_ledger_transaction_movement check (movement in ('collection', 'settlement', 'refund')),
    constraint ck_ledger_transaction_refund_id check ((refund_id is not null) = (movement = 'refund'))
);
create index ix_ledger_transaction_payment_id on ledger_transaction (payment_id);
create index ix_ledger_transaction_attempt_id on ledger_transaction (attempt_id);
create index ix_ledger_transaction_refund_id on ledger_transaction (refund_id);

create table ledger_entry (
    id bigint generated always as identity,
    transaction_id uuid not null constraint fk_ledger_entry_transaction_id references ledger_transaction (id),
    account text not null,
    amount numeric(14, 2) not null,
    constraint pk_ledger_entry primary key (id),
    constraint ck_ledger_entry_amount check (amount <> 0 and amount > -1e12 and amount < 1e12)
);
create index ix_ledger_entry_transaction_id on ledger_entry (transaction_id);
create index ix_ledger_entry_account on ledger_entry (account);

create function socle_ledger_balanced() returns trigger language plpgsql as $$
declare
    checked uuid;
begin
    if tg_table_name = 'ledger_entry' then
        checked := new.transaction_id;
        -- now() is the same from the beginning of a database transaction to its end
        if (select posted_at <> now() from ledger_transaction where id = checked) then
            raise exception 'the ledger transaction % was posted before', checked using errcode = 'restrict_violation';
        end if;
    else
        checked := new.id;
    end if;
    if (select count(*) < 2 or sum(amount) <> 0 from ledger_entry where transaction_id = checked) then
        raise exception 'the ledger transaction % is not balanced', checked using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger ledger_transaction_balanced after insert on ledger_transaction
    deferrable initially deferred for each row execute function socle_ledger_balanced();
create constraint trigger ledger_entry_balanced after insert on ledger_entry
    deferrable initially deferred for each row execute function socle_ledger_balanced();

create function socle_ledger_unchanging() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is never changed: post another transaction' using errcode = 'restrict_violation';
end $$;
create trigger ledger_transaction_unchanging before update or delete or truncate on ledger_transaction
    for each statement execute function socle_ledger_unchanging();
create trigger ledger_entry_unchanging before update or delete or truncate on ledger_entry
    for each statement execute function socle_ledger_unchanging();
"""


def upgrade() -> None:
    """Apply."""
    op.execute(PAYMENTS)
    op.execute(LEDGER)


def downgrade() -> None:
    """Undo."""
    op.execute("drop table ledger_entry, ledger_transaction")
    op.execute("drop function socle_ledger_balanced()")
    op.execute("drop function socle_ledger_unchanging()")
    op.execute("alter table payment drop constraint fk_payment_honoured")
    op.execute("drop table payment_callback, refund, payment_attempt, payment")
