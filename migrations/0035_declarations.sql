-- Declarations of payments to customs. How much of each payment is declared is kept by the trade, with the money that it may not exceed; this table keeps
-- whom it is declared to and how, and what customs said. Nothing here is personal data: a message is written when it is sent, and not kept.

create function declared_amount(parts jsonb) returns bigint language sql immutable strict parallel safe as $$
  select coalesce(sum((part ->> 'amount')::bigint), 0)::bigint from jsonb_array_elements(parts) as each (part)
$$;

grant execute on function declared_amount to holdfast_app;

alter table trades
  -- [{"id": uuid of the declaration, "payment": uuid, "amount": "4480", "whole": true}], minor units, in the order of the declarations; null while there is none.
  add column declared jsonb check (jsonb_typeof(declared) = 'array' and jsonb_array_length(declared) > 0),
  -- Since when a declaration tells customs more than its part is by now.
  add column declared_lowered_at timestamptz,
  add constraint trades_declared check (declared is null or declared_amount(declared) <= paid - refunded - charged_back),
  add constraint trades_declared_lowered check (declared_lowered_at is null or declared is not null);

create index trades_declared_lowered on trades (tenant_id, declared_lowered_at) where declared_lowered_at is not null;

grant update (declared, declared_lowered_at) on trades to holdfast_app;

create table declarations (
  tenant_id integer not null,
  id uuid not null,
  request_id text not null,
  trade_id uuid not null,
  payment_id uuid not null,
  jurisdiction text not null check (jurisdiction in ('CN', 'KR')),
  currency text not null,
  merchant_name text not null,
  platform_code text not null,
  platform_name text not null,
  pay_transaction_id text not null,
  paid_at timestamptz not null,
  -- Identities, and who declared it.
  payer_id uuid not null,
  orderer_id uuid not null,
  consignee_id uuid not null,
  key_id uuid not null,
  created_at timestamptz not null,
  -- Of its newest message; with what customs said of that last, and by its own time.
  state text not null check (state in ('draft', 'submitted', 'at_port', 'accepted', 'rejected', 'send_failed', 'exception')),
  raw_code text,
  answered_at timestamptz,
  is_held boolean not null,
  answers integer not null check (answers >= 0),
  messages integer not null check (messages > 0),
  -- When the newest message is to be handed over, put off after a failure; null when it was, or when there is nothing to say.
  next_attempt_at timestamptz,
  failed integer not null default 0,
  version integer not null check (version > 0),
  primary key (tenant_id, id),
  unique (tenant_id, request_id),
  constraint declarations_answered check ((state in ('draft', 'submitted')) = (raw_code is null) and (raw_code is null) = (answered_at is null)),
  constraint declarations_waiting check (next_attempt_at is null or state = 'draft'),
  -- An unknown code has no state: a comparison with null would let it pass.
  constraint declarations_code check (raw_code is null or state = coalesce(case
    when jurisdiction = 'CN' then case when raw_code in ('2', '3') then 'at_port' when raw_code in ('120', '399') then 'accepted' when raw_code = '100' then 'rejected'
      when raw_code = '4' then 'send_failed' when raw_code ~ '^-[1-9][0-9]{0,8}$' then 'exception' end
    else case raw_code when 'received' then 'at_port' when 'accepted' then 'accepted' when 'returned' then 'rejected' when 'undelivered' then 'send_failed' when 'fault' then 'exception' end
  end, '')),
  foreign key (tenant_id, key_id) references api_keys (tenant_id, id)
);

create index declarations_due on declarations (tenant_id, next_attempt_at) where next_attempt_at is not null;
create index declarations_trade on declarations (tenant_id, trade_id, id);
create index declarations_day on declarations (tenant_id, created_at, id);
create index declarations_orderer on declarations (tenant_id, orderer_id);

create trigger declarations_stay before delete or truncate on declarations
  for each statement execute function refuse_change();

-- What customs is told, message by message. The message itself holds personal data: it is written anew whenever it is asked for.
create table declaration_messages (
  tenant_id integer not null,
  declaration_id uuid not null,
  -- From 1.
  number integer not null check (number > 0),
  guid uuid not null,
  type text not null check (type in ('new', 'change', 'delete')),
  amount bigint not null check (amount > 0),
  customs text not null,
  merchant_code text not null,
  sub_order text,
  order_no text not null,
  made_at timestamptz not null,
  due_at timestamptz not null,
  sent_at timestamptz,
  primary key (tenant_id, declaration_id, number),
  unique (tenant_id, guid),
  foreign key (tenant_id, declaration_id) references declarations (tenant_id, id)
);

create trigger declaration_messages_stay before delete or truncate on declaration_messages
  for each statement execute function refuse_change();
create trigger declaration_messages_sent_once before update on declaration_messages
  for each row when (old.sent_at is not null) execute function refuse_change();

-- What customs answered, in the order in which we heard it.
create table declaration_answers (
  tenant_id integer not null,
  declaration_id uuid not null,
  -- From 1.
  number integer not null check (number > 0),
  message integer not null,
  code text not null,
  state text not null check (state in ('at_port', 'accepted', 'rejected', 'send_failed', 'exception')),
  -- By customs' time, and by ours.
  answered_at timestamptz not null,
  received_at timestamptz not null,
  primary key (tenant_id, declaration_id, number),
  foreign key (tenant_id, declaration_id, message) references declaration_messages (tenant_id, declaration_id, number)
);

create trigger declaration_answers_stay before update or delete or truncate on declaration_answers
  for each statement execute function refuse_change();

grant select, insert on declarations, declaration_messages, declaration_answers to holdfast_app;
grant update (state, raw_code, answered_at, is_held, answers, messages, next_attempt_at, failed, version) on declarations to holdfast_app;
grant update (due_at, sent_at) on declaration_messages to holdfast_app;
