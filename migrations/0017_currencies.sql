-- Sellers who are paid in another currency than their trades': the rates that somebody vouched for, and what each line exchanged.

-- What one unit of a currency is worth in another one, by whom, and until when. Never changed: a refund goes by the rate of its release.
create table fx_quotes (
  tenant_id integer not null,
  id uuid not null,
  from_unit text not null,
  to_unit text not null,
  -- A text, because it is shown as it was sent.
  rate text not null check (rate::numeric > 0),
  source text not null,
  reference text not null,
  expires_at timestamptz not null,
  created_by uuid not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  constraint fx_quotes_two_units check (from_unit <> to_unit),
  foreign key (tenant_id, created_by) references api_keys (tenant_id, id)
);

create trigger fx_quotes_append_only before update or delete or truncate on fx_quotes
  for each statement execute function refuse_change();

grant select, insert on fx_quotes to holdfast_app;

alter table trade_lines
  -- [{"quote": uuid, "rate": "0.14", "from": "CNY", "to": "USD", "net": "17000", "paid": "2380"}]: what of the line's release was exchanged and
  -- not taken back, minor units; null where nothing was.
  add column exchanges jsonb,
  add constraint trade_lines_exchanges check (jsonb_typeof(exchanges) = 'array' and jsonb_array_length(exchanges) > 0);

grant update (exchanges) on trade_lines to holdfast_app;
