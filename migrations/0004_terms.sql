-- The rest of a trade's terms: repricing, the time to ship, extensions, and holds that block release.

alter table trades
  -- Until when everything that is paid should have left; null while nothing is paid that waits for shipment.
  add column ship_by timestamptz,
  -- When that was found to have passed.
  add column ship_overdue_at timestamptz,
  -- [{"id": uuid, "kind": "compliance", "placed_at": text}]; null when nothing blocks the release. Most trades never have one.
  add column holds jsonb,
  add constraint trades_ship_overdue check (ship_overdue_at >= ship_by),
  add constraint trades_holds check (jsonb_typeof(holds) = 'array' and jsonb_array_length(holds) > 0),
  add constraint trades_hold_kinds check (not jsonb_path_exists(holds, '$[*] ? (!(@.kind == "compliance" || @.kind == "identity"))')),
  -- Repricing gives back what was paid above the new price: it stays in paid, and is refunded.
  drop constraint trades_check1,
  add constraint trades_paid check (paid >= 0 and paid - refunded <= total - coins_value);

alter table trade_lines
  -- Whether the buyer has had his one extension.
  add column confirm_extended boolean not null default false;

alter table payments
  -- Why the trade did not take all of it; null when it did.
  add column suspense_reason text check (suspense_reason in
    ('unknown_trade', 'other_currency', 'other_revision', 'not_awaiting_payment', 'too_many_payments', 'surplus'));

-- What was paid before there was a time to ship gets the usual one from now on. The service's times have milliseconds.
update trades set ship_by = date_trunc('milliseconds', clock_timestamp()) + interval '48 hours' where state in ('awaiting_shipment', 'partially_shipped');
update trades set next_deadline_at = least(next_deadline_at, ship_by), next_attempt_at = least(next_attempt_at, ship_by) where ship_by is not null;

grant update (total, revision, ship_by, ship_overdue_at, holds) on trades to holdfast_app;
grant update (unit_price, shipping, confirm_extended) on trade_lines to holdfast_app;
