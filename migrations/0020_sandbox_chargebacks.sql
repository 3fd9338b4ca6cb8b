-- The imitated provider takes payments back.

alter table sandbox_facts
  -- What it calls the payment that it takes back, or took.
  add column payment_reference text,
  -- What it gives back of its fees with the outcome.
  add column fee_returned bigint not null default 0 check (fee_returned >= 0),
  add constraint sandbox_facts_payment check ((payment_reference is null) <> starts_with(kind, 'chargeback_'));
