-- Where the money of a line is, goods and shipping apart; what can happen to it after the sale; and the end of the after-sale window.

alter table trade_lines
  -- Refunded units that had been shipped, and shipped units in dispute.
  add column returned integer not null default 0 check (returned between 0 and refunded),
  add column frozen_units integer not null default 0 check (frozen_units >= 0),
  -- What was released, less what was taken back.
  add column released_goods bigint not null default 0 check (released_goods >= 0),
  add column refunded_goods bigint not null default 0 check (refunded_goods >= 0),
  add column refunded_shipping bigint not null default 0 check (refunded_shipping >= 0),
  add column charged_back_goods bigint not null default 0 check (charged_back_goods >= 0),
  add column charged_back_shipping bigint not null default 0 check (charged_back_shipping >= 0),
  -- Held, and in dispute.
  add column frozen_goods bigint not null default 0 check (frozen_goods >= 0),
  add column frozen_shipping bigint not null default 0 check (frozen_shipping >= 0);

update trade_lines set released_goods = unit_price * confirmed, refunded_goods = unit_price * refunded,
  refunded_shipping = settled_shipping - released_shipping;

alter table trade_lines
  drop column settled_shipping,
  drop constraint trade_lines_quantities,
  add constraint trade_lines_quantities check (shipped + refunded - returned <= quantity),
  add constraint trade_lines_shipped check (confirmed + returned + frozen_units <= shipped),
  add constraint trade_lines_goods check (released_goods + refunded_goods + charged_back_goods + frozen_goods <= unit_price * quantity),
  add constraint trade_lines_shipping check (released_shipping + refunded_shipping + charged_back_shipping + frozen_shipping <= shipping);

alter table trades
  -- Until when a completed trade can be refunded or disputed, and when that was found to have passed: one of them from its completion on.
  add column after_sale_by timestamptz,
  add column after_sale_ended_at timestamptz,
  drop constraint trades_state_check,
  add constraint trades_state check (state in ('awaiting_payment', 'awaiting_group', 'awaiting_shipment', 'partially_shipped',
    'awaiting_confirmation', 'completed', 'closed_unpaid', 'closed_refunded', 'closed_charged_back'));

-- What was completed before there was such a window is over.
update trades set after_sale_ended_at = now() where state = 'completed';

alter table trades
  add constraint trades_after_sale check (after_sale_by is null or after_sale_ended_at is null);

grant update (after_sale_by, after_sale_ended_at) on trades to holdfast_app;
grant update (returned, frozen_units, released_goods, refunded_goods, refunded_shipping, charged_back_goods, charged_back_shipping,
  frozen_goods, frozen_shipping) on trade_lines to holdfast_app;
