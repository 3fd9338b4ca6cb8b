-- Arbitrators decide disputes, and nothing else.

alter table api_keys
  drop constraint api_keys_role_check,
  add constraint api_keys_role_check check (role in ('admin', 'marketplace', 'finance', 'customs', 'attester', 'arbitrator'));
