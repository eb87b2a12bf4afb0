/** The question before a download is canceled: what has arrived is deleted. */
import { Alert, confirmAlert, Icon } from "@raycast/api";
import type { DownloadTask } from "@mlx-manager/shared";
import { lossOf } from "../../lib/downloads";

/** Names what is lost. @returns whether the download shall really be canceled. */
export const confirmCancel = (task: DownloadTask): Promise<boolean> =>
  confirmAlert({
    title: "Cancel Download?",
    message: lossOf(task),
    icon: Icon.XMarkCircle,
    primaryAction: { title: "Cancel Download", style: Alert.ActionStyle.Destructive },
    dismissAction: { title: "Keep Download" },
  });
