(** What a certificate file about a network given by layers imports. *)
From Coq Require Export QArith List.
From Exactland Require Export LayerClaims LayerChecks LayerSegment.
Export ListNotations.
