/** The kinds of fields of the form: each on the screen only where it belongs, with its value, its problem and what typing does. */
import { Form } from "@raycast/api";
import type { FieldName, FormValues } from "./form-values";
import type { ProfileFormState } from "./use-profile-form";

/** Fields that hold one kind of value. */
type Holding<T> = { [F in FieldName]: FormValues[F] extends T ? F : never }[FieldName];

export interface FieldsProps {
  form: ProfileFormState;
}

/** What every kind of field is given. */
export function common<F extends FieldName>(form: ProfileFormState, field: F) {
  return {
    id: field,
    value: form.values[field],
    error: form.problem(field),
    onChange: (value: FormValues[F]) => form.set(field, value),
    onBlur: () => form.touch(field),
  };
}

interface TextProps extends FieldsProps {
  field: Holding<string>;
  title: string;
  placeholder?: string;
  info?: string;
}

export const Text = ({ form, field, ...props }: TextProps) =>
  form.shows(field) ? <Form.TextField {...common(form, field)} {...props} /> : null;

export const Area = ({ form, field, ...props }: TextProps) =>
  form.shows(field) ? <Form.TextArea {...common(form, field)} {...props} /> : null;

interface SwitchProps extends FieldsProps {
  field: Holding<boolean>;
  label: string;
  title?: string;
  info?: string;
}

export const Switch = ({ form, field, ...props }: SwitchProps) =>
  form.shows(field) ? <Form.Checkbox {...common(form, field)} {...props} /> : null;
