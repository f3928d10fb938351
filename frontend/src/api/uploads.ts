/** Uploads of files, and their addresses. */

import { text } from "../text";
import { ApiError, ROOT, sentence } from "./http";

export interface Upload {
  readonly id: string;
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
}

/** Uploads a file. `moved` is called with the whole percent that were sent. */
export function upload(file: File, moved: (percent: number) => void): Promise<Upload> {
  // `fetch` reports no progress of uploads.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const silent = () => reject(new ApiError(0, text.problem.notUploaded));
    request.open("POST", `${ROOT}/uploads`);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) moved(Math.floor((100 * event.loaded) / event.total));
    };
    request.onload = () => {
      if (request.status < 300 && request.response) resolve(request.response as Upload);
      else if (request.status < 300) silent();
      else reject(new ApiError(request.status, sentence(request.status, request.response)));
    };
    request.onerror = silent;
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}

/** The address of a file of a result. */
export function fileUrl(id: string): string {
  return `${ROOT}/files/${encodeURIComponent(id)}`;
}
