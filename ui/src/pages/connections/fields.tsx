import { useDocument } from "../../api/hooks";
import { CheckField, SelectField, TextArea, TextField } from "../../components/fields";
import { useOrganization } from "../../layout/organization";
import { type FormPlace, LiveField } from "./choices";
import { useConfigurations } from "./sign_in";
import { type Parameter, type Scheme, type Values, isRequired, isShown, valueOf } from "./types";

interface FieldProps {
  parameter: Parameter;
  value: string;
  change: (value: string) => void;
  required: boolean;
  wrong?: string;
  stored: boolean;
  fixed: boolean;
  project: string;
}

function ConfigurationSelect({ parameter, value, change, required, wrong, project, source }: FieldProps & { source: string }) {
  const names = useConfigurations(project, source) ?? [];
  const others = value && !names.includes(value) ? [value] : [];
  return <SelectField label={parameter.label} hint={parameter.help} value={value} change={change} wrong={wrong} required={required} options={[["", names.length === 0 ? "None is registered" : "Choose"], ...[...names, ...others].map((one): [string, string] => [one, one])]} />;
}

function ConnectionSelect({ parameter, value, change, required, wrong, type }: FieldProps & { type: string }) {
  const { name } = useOrganization();
  const list = useDocument("/api/v2/organizations/{organization}/service-connections", { organization: name }, { "filter[type]": type, "page[size]": 100 });
  const options = (list.data?.data ?? []).map((one): [string, string] => [one.attributes.name ?? one.id, one.attributes.name ?? one.id]);
  return <SelectField label={parameter.label} hint={parameter.help} value={value} change={change} wrong={wrong} required={required} options={[["", options.length === 0 ? `No ${type} connection yet` : "Choose"], ...options]} />;
}

function FromFile({ change, label }: { change: (value: string) => void; label: string }) {
  const read = async (file: File | undefined) => {
    if (!file) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const text = new TextDecoder("utf-8", { fatal: true });
    try {
      change(text.decode(bytes));
    } catch {
      change(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))); // PFX and the like go in base64
    }
  };
  return (
    <label className="button small">
      Read it from a file<span className="sr">: {label}</span>
      <input type="file" className="sr" onChange={(event) => void read(event.target.files?.[0])} />
    </label>
  );
}

function Field(props: FieldProps) {
  const { parameter, value, change, wrong, stored, fixed } = props;
  const required = props.required && !stored;
  const hint = stored ? `${parameter.help ?? ""} It is set; empty keeps it.` : parameter.help;
  const common = { label: parameter.label, hint, value, change, wrong, required, disabled: fixed };
  if (parameter.kind === "bool") return <CheckField label={parameter.label} hint={hint} value={value === "true"} change={(on) => change(String(on))} disabled={fixed} />;
  if (parameter.options_from?.connections) return <ConnectionSelect {...props} type={parameter.options_from.connections} />;
  if (parameter.options_from?.oauth_configurations) return <ConfigurationSelect {...props} source={parameter.options_from.oauth_configurations} />;
  if (parameter.kind === "select" && parameter.options) {
    return <SelectField {...common} options={[...(value === "" || !required ? [["", "Choose"] as [string, string]] : []), ...parameter.options.map((one): [string, string] => [one.value, one.label])]} />;
  }
  if (parameter.kind === "textarea") {
    return (
      <div className="stack tight">
        <TextArea {...common} rows={5} placeholder={parameter.placeholder} />
        {!fixed && (
          <div>
            <FromFile change={change} label={parameter.label} />
          </div>
        )}
      </div>
    );
  }
  const type = parameter.secret || parameter.kind === "password" ? "password" : parameter.kind === "url" ? "url" : "text";
  return <TextField {...common} type={type} inputMode={parameter.kind === "int" ? "numeric" : undefined} maxLength={parameter.max_length} placeholder={parameter.placeholder} autoComplete={type === "password" ? "new-password" : "off"} mono={type !== "text"} />;
}

interface Props {
  scheme: Scheme;
  values: Values;
  change: (values: Values) => void;
  wrong: Record<string, string>;
  /** Secrets the server has already; only when a saved connection is changed. */
  stored?: string[];
  /** Whose OAuth configurations there are to choose from. */
  project: string;
  /** Where a new one is made; with it, services are asked for choices. */
  place?: FormPlace;
}

/** The form of one scheme, made from its data: conditions, options, files, secrets. */
export function SchemeFields({ scheme, values, change, wrong, stored, project, place }: Props) {
  return (
    <>
      {scheme.parameters
        .filter((parameter) => isShown(parameter, scheme, values))
        .map((parameter) => {
          const common = {
            parameter,
            value: valueOf(parameter, values),
            change: (value: string) => change(new Map(values).set(parameter.id, value)),
            required: isRequired(parameter, scheme, values),
            wrong: wrong[parameter.id],
          };
          if (place && parameter.options_from?.http) return <LiveField key={parameter.id} {...common} scheme={scheme} values={values} place={place} />;
          return <Field key={parameter.id} {...common} stored={stored?.includes(parameter.id) ?? false} fixed={stored !== undefined && parameter.immutable === true} project={project} />;
        })}
    </>
  );
}

