{{- /* Image of a vendor component: (list $ "cartesia-api"). One tag for all of them. */ -}}
{{- define "cartesia.image" -}}
{{- $root := index . 0 -}}
{{ printf "%s/%s:%s" $root.Values.infra.imageRegistry (index . 1) $root.Values.release.releaseTag }}
{{- end -}}

{{- /* Labels that select the pods of a component: (list $ "cartesia-api"). Never change between upgrades. */ -}}
{{- define "cartesia.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end -}}

{{- /* Labels of every object of a component: (list $ "cartesia-api"). */ -}}
{{- define "cartesia.labels" -}}
{{ include "cartesia.selector" . }}
app.kubernetes.io/part-of: cartesia
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
{{- end -}}

{{- define "cartesia.pullSecrets" -}}
{{- with .Values.imagePullSecret }}
imagePullSecrets:
  - name: {{ . }}
{{- end }}
{{- end -}}

{{- /* The vendor's key as a file, for the pods that sync from the bucket. */ -}}
{{- define "cartesia.gcsEnv" -}}
{{- if .Values.gcsSecret }}
- name: GOOGLE_APPLICATION_CREDENTIALS
  value: /var/run/secrets/gcs/service-account.json
{{- end }}
{{- end -}}

{{- define "cartesia.gcsMount" -}}
{{- if .Values.gcsSecret }}
volumeMounts:
  - {name: gcs, mountPath: /var/run/secrets/gcs, readOnly: true}
{{- end }}
{{- end -}}

{{- define "cartesia.gcsVolume" -}}
{{- with .Values.gcsSecret }}
volumes:
  - name: gcs
    secret: {secretName: {{ . }}}
{{- end }}
{{- end -}}

{{- /* What the vendor's pages forbid together; the schema can only see one key at a time. */ -}}
{{- define "cartesia.check" -}}
{{- $disk := .Values.licenseProxy.persistence.enabled -}}
{{- if and (not .Values.infra.authenticate) (not $disk) -}}
{{- fail "infra.authenticate: false (air-gapped) needs licenseProxy.persistence.enabled: true, for the license must be on a volume" -}}
{{- end -}}
{{- if and .Values.licenseSeed .Values.licenseSeedSecret -}}
{{- fail "licenseSeed and licenseSeedSecret are both set; set one of them" -}}
{{- end -}}
{{- if and (or .Values.licenseSeed .Values.licenseSeedSecret) (not $disk) -}}
{{- fail "a license seed needs licenseProxy.persistence.enabled: true; there is no volume to copy it to" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.enabled: true needs ingress.host" -}}
{{- end -}}
{{- range $name, $worker := .Values.workers -}}
{{- if gt (int (dig "minReplicas" 1 $worker)) (int (dig "maxReplicas" (max 1 (dig "minReplicas" 1 $worker)) $worker)) -}}
{{- fail (printf "workers.%s.minReplicas is above maxReplicas" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
