-- Release conditions of lines, the facts that meet them, and keys for those who attest such facts.

alter table trade_lines
  -- [{"ref": text or null, "share": text, "when": condition}], frozen with the terms; null where confirmation alone releases the money.
  add column milestones jsonb check (jsonb_typeof(milestones) = 'array' and jsonb_array_length(milestones) > 0),
  -- [{"fact": text, "milestone": text or null, "by": text, "at": text, "evidence": text or null}], in the order they came.
  add column met jsonb check (jsonb_typeof(met) = 'array' and jsonb_array_length(met) > 0),
  -- Since when met conditions should have released something that was blocked.
  add column release_by timestamptz,
  add constraint trade_lines_conditions check (milestones is not null or (met is null and release_by is null));

grant update (met, release_by) on trade_lines to holdfast_app;

-- Whether a condition holds, given the facts that are met. A condition is {"fact": text}, {"all_of": […]} or {"any_of": […]}.
create function condition_holds(condition jsonb, facts text[]) returns boolean language plpgsql immutable strict as $$
begin
  return case
    when condition ? 'fact' then condition ->> 'fact' = any(facts)
    when condition ? 'all_of' then (select bool_and(condition_holds(each, facts)) from jsonb_array_elements(condition -> 'all_of') as parts (each))
    else (select bool_or(condition_holds(each, facts)) from jsonb_array_elements(condition -> 'any_of') as parts (each))
  end;
end
$$;

grant execute on function condition_holds to holdfast_app;

alter table api_keys
  drop constraint api_keys_role_check,
  add constraint api_keys_role_check check (role in ('admin', 'marketplace', 'finance', 'customs', 'attester'));
