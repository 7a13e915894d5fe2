"""From cameras, clips and folders of pictures to stamped frames."""
