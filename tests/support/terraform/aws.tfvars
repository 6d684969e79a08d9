# Names and values of the vendor's AWS example, with account ids that have twelve digits.
region = "us-west-2" // where we are
name   = "cartesia-production"

release_tag = "sonic-20260503"

enable_ingress  = true
ingress_route   = "api.cartesia.yourdomain.com"
certificate_arn = "arn:aws:acm:us-west-2:210987654321:certificate/abc123"

enable_hot_reload         = true
authenticate              = true
license_proxy_persistence = true

/* who may
   administer */
eks_admin_users = [
  "arn:aws:iam::210987654321:user/admin", # me
]

node_groups = {
  default = {
    ami_type       = "AL2023_x86_64_STANDARD"
    instance_types = ["m7a.4xlarge"]
    min_size       = 1
    max_size       = 3
    desired_size   = 1
  }
  # GPUs
  "gpu" : {
    ami_type       = "AL2023_x86_64_NVIDIA"
    instance_types = ["g5.2xlarge", "g5.4xlarge"]
    min_size       = 1
    max_size       = "5"
    desired_size   = 2
    disk_size      = 100 # room for images
    labels         = { "nvidia.com/gpu.present" = "true", team = "voice" }
    spot_price     = 1.5
  }
}
