import { ManageModels } from "./components/models/manage-models";

export default function Command() {
  return <ManageModels />;
}
