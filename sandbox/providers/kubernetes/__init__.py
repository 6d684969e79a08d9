"""Stand-in for `pulumi-resource-kubernetes`: a thin, real provider against a real API server and the real helm.

Known differences from the released provider 4.34:

- only server-side apply; no Patch and List resources, no rendering to files, no functions and component resources
  (`yaml`, `kustomize`, `helm.sh/v4`), no annotations `waitFor`, `replaceUnready`, `patchFieldManager`;
- a kubeconfig must be given: neither KUBECONFIG nor `~/.kube/config` is read;
- field managers follow from the URN, and an object or release that an earlier, killed run of the same resource made is
  taken over, where the released one reports that it exists already;
- a create of an object that exists fails unless this resource made it; the released one fails since 4.30 and overwrote
  without a word before (pulumi/pulumi-kubernetes#4278), so a forced replacement of that time ended with nothing there;
- a release that exists is upgraded where it is created; the released one says that the name is still in use;
- a release left `pending-...` by a killed helm is rolled back or removed first; the released one stops there;
- a release's `checksum` is that of the chart's files and not of its rendering, so charts with random values settle;
- previews of a release run helm's dry run against the server, and failures name the workloads' own reasons;
- a failed rollout ends the wait at once (`ProgressDeadlineExceeded`), as `kubectl rollout status` does;
- Services are not given ten seconds to settle, and those without a selector are not awaited.
"""
