import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { document as body, post } from "../../api/client";
import { Button, Problem, Waiting } from "../../components/basics";
import { SelectField, TextField } from "../../components/fields";
import { useSettled } from "../../components/use_settled";
import { type Parameter, type Scheme, type Values, isShown, parametersOf, valueOf } from "./types";

/** Where a form stands: what its fields ask the outside service with. */
export interface FormPlace {
  type: string;
  project: string;
  /** A finished sign-in, as the request names it: it stands for the secret that it brought. */
  signIn?: Record<string, string>;
}

interface Props {
  parameter: Parameter;
  scheme: Scheme;
  values: Values;
  place: FormPlace;
  value: string;
  change: (value: string) => void;
  required: boolean;
  wrong?: string | undefined;
}

const OTHER = "\u0000other";
const CALM = 400; // milliseconds without a key before the service is asked

function useChoices({ parameter, scheme, values, place }: Props) {
  const needs = scheme.parameters.filter((one) => parameter.options_from?.needs?.includes(one.id));
  const lacking = needs.filter((one) => (one.filled_by_flow ? !place.signIn : isShown(one, scheme, values)) && valueOf(one, values) === "");
  const parameters = parametersOf(scheme, values);
  const wanted = { "connection-type": place.type, scheme: scheme.id, parameter: parameter.id, parameters: Object.fromEntries(needs.map((one) => [one.id, parameters[one.id]])), ...place.signIn };
  const asked = JSON.stringify(wanted);
  const settled = useSettled(asked, CALM);
  const list = useQuery({
    queryKey: ["options", place.project, settled],
    queryFn: () => post("/api/v2/projects/{project_id}/service-connections/actions/options", { project_id: place.project }, body("service-connection-options", JSON.parse(settled))),
    enabled: lacking.length === 0 && asked === settled,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    retry: false,
  });
  return { list, lacking };
}

/** A field whose choices the outside service is asked for, once what they depend on is given. A value can always be typed. */
export function LiveField(props: Props) {
  const { parameter, value, change, required, wrong } = props;
  const [typed, setTyped] = useState(false);
  const [moved, setMoved] = useState(false); // the field in sight takes the place of another, and with it the focus
  const { list, lacking } = useChoices(props);
  const found = lacking.length === 0 ? list.data?.data.attributes : undefined;
  const options = (found?.options ?? []).map((one): [string, string] => [one.value, one.label]);
  const known = value === "" || options.some(([one]) => one === value);
  const common = { label: parameter.label, hint: parameter.help, value, required, wrong };
  const again = () => void list.refetch();
  const show = (asText: boolean) => {
    setTyped(asText);
    setMoved(true);
  };
  return (
    <div className="stack tight">
      {options.length > 0 && !typed ? (
        <SelectField {...common} autoFocus={moved} change={(now) => (now === OTHER ? show(true) : change(now))} options={[["", "Choose"], ...options, ...(known ? [] : [[value, value] as [string, string]]), [OTHER, "Another: type it"]]} />
      ) : (
        <TextField
          {...common}
          autoFocus={moved}
          change={change}
          maxLength={parameter.max_length}
          placeholder={parameter.placeholder}
          mono
          onFocus={() => setTyped(true)} // a list that comes meanwhile does not take the field away
          onBlur={() => value === "" && options.length === 0 && setTyped(false)}
        />
      )}
      {lacking.length > 0 && <p className="muted small">Choices come from the service once this is given: {lacking.map((one) => one.label).join(", ")}.</p>}
      {list.isFetching && <Waiting what={`Asking the service for ${parameter.label}`} />}
      {lacking.length === 0 && !list.isFetching && <Problem error={list.error} again={again} />}
      {found && !list.isFetching && !list.error && (
        <div className="row wraps small" role="status">
          {options.length === 0 && <span>The service has none to choose from. See whether the account may list them, or type one.</span>}
          {!found.complete && <span>The service has more than these; type the one that is missing.</span>}
          {options.length > 0 && typed && (
            <Button small onClick={() => show(false)}>
              Choose from the list<span className="sr">: {parameter.label}</span>
            </Button>
          )}
          <Button small onClick={again}>
            Ask again<span className="sr">: {parameter.label}</span>
          </Button>
        </div>
      )}
    </div>
  );
}
