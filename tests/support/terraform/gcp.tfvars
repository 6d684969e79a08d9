# Names and values of the vendor's GCP example.
project_id  = "your-gcp-project"
region      = "us-central1"
zone        = "us-central1-a"
name        = "cartesia-production"
release_tag = "sonic-20260503"

enable_ingress = true
ingress_route  = "api.cartesia.yourdomain.com"

gke_admin_users = ["user@yourdomain.com"]

node_pools = {
  default = {
    machine_type = "e2-standard-8"
    min_count    = 1
    max_count    = 3
  }
  gpu = {
    machine_type       = "a2-ultragpu-1g"
    gpu_partition_size = "3g.40gb" # half a GPU each
    min_count          = 1
    max_count          = 4
    initial_count      = 2
    accelerator_type   = "nvidia-a100-80gb"
  }
}
